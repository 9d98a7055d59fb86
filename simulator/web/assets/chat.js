// The conversation: bubbles, what became of what was sent, and lines in between.

import { $, avatar, clock, el, moment } from './dom.js';
import { t } from './i18n.js';
import { body } from './body.js';
import { fail, here, itemsOf, store } from './main.js';
import { call } from './api.js';
import * as wire from './wire.js';

const pause = 5 * 60 * 1000; // ms between messages after which the time stands in the middle

const scroll = $('scroll');
let bottom = true; // the reader is at the end and wants to stay there

export function start() {
  scroll.addEventListener('scroll', () => {
    bottom = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    if (bottom) $('newer').hidden = true;
  });
  $('newer').onclick = () => { bottom = true; toEnd(); };
  new ResizeObserver(() => { if (bottom) toEnd(); }).observe($('log'));
}

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  $('newer').hidden = true;
}

export function render() {
  const { app, me } = store;
  $('chat-title').textContent = app?.name ?? '';
  $('chat-who').textContent = subtitle(app, me);
  $('enter').hidden = !app || Boolean(app.chat);
  const log = $('log');
  $('live').setAttribute('aria-live', 'off'); // a whole conversation must not be read out
  log.replaceChildren();
  let before;
  for (const item of itemsOf(here())) {
    log.append(...line(item, before));
    before = item;
  }
  renderEmpty();
  bottom = true;
  toEnd();
  requestAnimationFrame(() => $('live').setAttribute('aria-live', 'polite'));
}

// subtitle says who writes, who is in the group, or why nothing can arrive.
function subtitle(app, me) {
  if (!app || !me) return '';
  if (app.chat) return app.users.map((u) => store.members.find((m) => m.corp === app.corp && m.user === u)?.name ?? u).join('、');
  if (!app.callback_url) return t('noCallback');
  return [me.name, me.department, me.position].filter(Boolean).join(' · ');
}

function renderEmpty() {
  $('empty').hidden = $('log').childElementCount > 0 || !store.app || Boolean(store.app.chat);
  $('hints').replaceChildren(...store.hints.map((h) => el('button', { class: 'chip', onclick: () => say(h) }, h)));
}

// update shows an item that is new or has changed.
export function update(item) {
  const old = $('log').querySelector(`[data-seq="${item.seq}"]`);
  const before = itemsOf(here()).filter((i) => i.seq < item.seq).at(-1);
  const fresh = line(item, before);
  if (old && item.kind === 'said') {
    old.querySelector('.state').replaceWith(fresh.at(-1).querySelector('.state')); // only this is read out anew
  } else if (old) {
    const open = old.contains(document.activeElement) && document.activeElement.dataset.keep;
    old.replaceWith(fresh.at(-1) ?? '');
    if (open) $('log').querySelector(`[data-seq="${item.seq}"] [data-keep="${open}"]`)?.focus();
  } else {
    const next = [...$('log').querySelectorAll('[data-seq]')].find((e) => Number(e.dataset.seq) > item.seq);
    if (next) next.before(...fresh);
    else $('log').append(...fresh);
  }
  renderEmpty();
  if (bottom || item.kind === 'said') toEnd();
  else if (!old && item.kind === 'seen') $('newer').hidden = false;
}

// line is the item as list entries: a time where the talk paused, then the item itself.
function line(item, before) {
  if (item.kind === 'lost' && item.reason === 'reply') return []; // the message it answered says so
  const out = [];
  if (!before || new Date(item.time) - new Date(before.time) > pause) {
    out.push(el('li', { class: 'mid' }, el('time', { datetime: item.time }, moment(item.time))));
  }
  out.push({ said, seen, lost }[item.kind](item));
  return out;
}

function said(item) {
  const d = item.delivery;
  const state = stateOf(d);
  const event = item.type === 'event';
  const words = item.body || item.html ? body(item) : el('div', { class: 'bubble' }, item.text);
  return el('li', { class: event ? 'said event' : 'said', 'data-seq': item.seq },
    avatar(store.me.name, store.me.user),
    el('div', { class: 'stack' },
      event ? el('div', { class: 'bubble note' }, eventName(d)) : words,
      el('p', { class: `state ${state.kind}` },
        state.busy ? el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')) : '',
        el('span', {}, state.text), ' ',
        state.kind === 'bad' && item.type === 'text' ? el('button', { class: 'textual', 'data-keep': 'again', onclick: () => say(item.text) }, t('again')) : '',
        look(() => wire.show(`d${d.id}`)))));
}

// eventName says what the member did: the platform's name of it, and ours where we have one.
function eventName(d) {
  const name = { enter_agent: 'evEnter', subscribe: 'evSubscribe', unsubscribe: 'evUnsubscribe', LOCATION: 'evLocation', click: 'evClick', view: 'evView', template_card_event: 'evPress', template_card_menu_event: 'evCardMenu', taskcard_click: 'evPress' }[d.event];
  const words = d.note.replace(/^\[|\]$/g, '');
  return name ? `${t(name)} · ${words}` : words;
}

const look = (onclick) => el('button', { class: 'textual look', 'data-keep': 'look', onclick }, t('look'));

const spent = (ns) => (ns < 1e9 ? t('took', { ms: Math.max(1, Math.round(ns / 1e6)) }) : t('tookSeconds', { s: (ns / 1e9).toFixed(1) }));
const seconds = (a) => Math.round(a.took / 1e9);

// reason puts the usual failures into the reader's language.
function reason(err) {
  if (/connection refused/.test(err)) return t('whyRefused');
  if (/EOF|connection reset|broken/.test(err)) return t('whyReset');
  const status = /^HTTP status (\d+)/.exec(err);
  return status ? t('whyStatus', { n: status[1] }) : err;
}

// stateOf says in words what became of a message.
export function stateOf(d) {
  const attempts = (d.attempts ?? []).filter((a) => !a.copy);
  const last = attempts.at(-1);
  if (!d.done) {
    if (attempts.length < 2) return { kind: 'busy', busy: true, text: t('sending') };
    const failed = attempts.at(-2);
    const values = { seconds: seconds(failed), n: attempts.length, m: attempts.length - 1, why: reason(failed.err) };
    return { kind: 'busy', busy: true, text: t(failed.timed_out ? 'retryTimeout' : 'retryFailed', values) };
  }
  if (!d.received) {
    if (!last) return { kind: 'bad', text: t('undelivered', { why: d.problem }) };
    const timeouts = attempts.every((a) => a.timed_out);
    const why = timeouts ? t('threeTimeouts', { seconds: seconds(last) }) : t('threeFailures', { n: attempts.length, why: reason(last.err) });
    return { kind: 'bad', text: t('undelivered', { why }) };
  }
  if (d.problem) return { kind: 'bad', text: t('badReply', { why: d.problem }) };
  const took = spent(last.took);
  const late = attempts.length > 1 ? ` · ${t('late', { n: attempts.length })}` : '';
  return { kind: late ? 'late' : 'ok', text: `${t(d.seen ? 'replied' : 'noReply')} · ${took}${late}` };
}

function seen(item) {
  const from = store.apps.find((a) => a.corp === item.corp && a.app === item.app)?.name ?? store.app.name;
  if (item.recalled) return el('li', { class: 'mid', 'data-seq': item.seq }, t('recalled', { app: from }));
  return el('li', { class: 'seen', 'data-seq': item.seq },
    avatar(from, item.app ? `app${item.app}` : item.chat),
    el('div', { class: 'stack' },
      el('p', { class: item.chat ? 'dim' : 'hidden' }, from),
      body(item),
      el('p', { class: 'state' },
        el('time', { datetime: item.time }, clock(item.time)), ' · ', t(item.way), item.card?.updates ? ` · ${t('updated')}` : '', item.cut ? el('span', { class: 'cut' }, ` · ${t('cut')}`) : '', ' ',
        look(() => wire.show(item.answers ? `d${item.answers}` : undefined, item.body)))));
}

function lost(item) {
  const sentence = { pace: 'lostPace', reader: 'lostReader', fault: 'lostFault', 'no reply': 'lostNoReply' }[item.reason];
  return el('li', { class: 'mid warn', 'data-seq': item.seq },
    el('span', {}, t(sentence, { name: store.me.name, type: item.type, detail: item.detail })),
    item.text ? el('q', { class: 'cutoff' }, item.text.slice(0, 120)) : '');
}

// say sends a text as the chosen member.
export async function say(text) {
  const { me, app } = store;
  try {
    await call('api/say', { corp: app.corp, app: app.app, user: me.user, text });
  } catch (err) {
    fail(err);
    return false;
  }
  return true;
}
