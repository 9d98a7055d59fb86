// The wire inspector: what really went over the line, callbacks and calls, newest first.

import { $, clock, el } from './dom.js';
import { t } from './i18n.js';
import { call } from './api.js';
import { fail, here, key, store } from './main.js';

const limit = 200; // entries that are kept
const entries = new Map(); // id → {id, time, here, draw}
const open = new Set(); // ids that are unfolded

export function start() {
  const show = (on) => {
    $('wire').hidden = !on;
    $('wire-open').setAttribute('aria-expanded', on);
    document.documentElement.classList.toggle('with-wire', on);
    localStorage.setItem('wire', on ? '1' : '');
    if (on) render();
  };
  start.show = show;
  $('wire-open').onclick = () => show($('wire').hidden);
  $('wire-close').onclick = () => { show(false); $('wire-open').focus(); };
  $('wire-all').onchange = render;
  $('faults').onclick = () => { show(true); $('wire').querySelector('details').open = true; };
  $('fault-form').onsubmit = (e) => { e.preventDefault(); inject(); };
  $('fault-clear').onclick = () => change(call('api/fault', undefined, 'DELETE'));
  $('fault-words').replaceChildren(...['message/send:45009@2', 'message/send:timeout-after@1', '42001@3', 'message/send:-1@1', 'message/send:drop@1',
    'callback:duplicate@1', 'callback:timeout-after@1', 'revoke@1', 'message/send:http=502@1'].map((value) => el('option', { value })));
  if (localStorage.getItem('wire') && matchMedia('(min-width: 1100px)').matches) show(true);
}

export async function load() {
  const { deliveries, calls } = await call('api/wire');
  entries.clear();
  for (const d of deliveries) addDelivery(d, true);
  for (const c of calls) addCall(c, true);
}

export function addDelivery(d, quiet) {
  put({ id: `d${d.id}`, time: d.time, of: key({ corp: d.corp_id, app: d.agent_id }, d.user), draw: () => delivery(d) }, quiet);
}

export function addCall(c, quiet) {
  const to = /"touser"\s*:\s*"([^"]*)"/.exec(c.body ?? '')?.[1].toLowerCase().split('|');
  put({ id: `c${c.seq}`, time: c.time, app: c.agent_id, to, call: c, draw: () => apiCall(c) }, quiet);
}

function put(entry, quiet) {
  entries.set(entry.id, entry);
  if (entries.size > limit) entries.delete(entries.keys().next().value);
  if (!quiet && !$('wire').hidden) render();
}

// concerns reports whether an entry belongs to the conversation that is shown.
function concerns(e) {
  if (e.of) return e.of === here();
  if (e.app && store.app && e.app !== store.app.app) return false;
  if (store.app?.chat) return /appchat|webhook/.test(e.call.path);
  return !e.to || !store.me || e.to.includes(store.me.user.toLowerCase()) || e.to.includes('@all');
}

export function render() {
  renderFaults();
  if ($('wire').hidden) return;
  const list = [...entries.values()].filter((e) => $('wire-all').checked || concerns(e));
  list.sort((a, b) => new Date(b.time) - new Date(a.time));
  $('wires').replaceChildren(...list.map((e) => {
    const d = e.draw();
    d.open = open.has(e.id);
    d.addEventListener('toggle', () => (d.open ? open.add(e.id) : open.delete(e.id)));
    return el('li', { id: `w-${e.id}` }, d);
  }));
  if (!list.length) $('wires').append(el('li', { class: 'dim pad' }, t('noWire')));
}

// show opens the inspector at an entry: a delivery by id, or the call that sent a body.
export function show(id, sent) {
  if (!id && sent) {
    const text = JSON.stringify(sent).slice(1, 60);
    id = [...entries.values()].reverse().find((e) => e.call?.body?.replace(/\s/g, '').includes(text.replace(/\s/g, '')))?.id;
  }
  if (id) open.add(id);
  start.show(true);
  const e = id && $(`w-${id}`);
  e?.scrollIntoView({ block: 'nearest' });
  (e?.querySelector('summary') ?? $('wire-close')).focus();
}

const ms = (ns) => (ns < 1e5 ? '<0.1 ms' : ns < 1e9 ? `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms` : `${(ns / 1e9).toFixed(2)} s`);

function head(arrow, kind, what, state, bad, time) {
  return el('summary', {},
    el('span', { class: `arrow ${kind}`, 'aria-hidden': 'true' }, arrow), el('span', { class: 'cutoff grow' }, what),
    el('span', { class: bad ? 'code bad' : 'code' }, state), el('time', { class: 'dim' }, clock(time)));
}

function delivery(d) {
  const attempts = d.attempts ?? [];
  const last = attempts.at(-1);
  const state = !d.done ? t('running') : last ? `${last.status || (last.timed_out ? t('timeout') : '✕')} · ${ms(last.took)}` : '✕';
  const what = `${t('callback')} ${d.event || d.type}${d.event ? '' : `：${d.note}`}`;
  return el('details', {}, head('↓', 'in', what, state, d.done && (!d.received || d.problem), d.time),
    block(t('plaintext'), xml(d.plaintext)),
    el('h4', {}, t('attempts')),
    el('ol', { class: 'attempts' }, ...attempts.map(attempt)),
    d.problem ? el('p', { class: 'bad' }, d.problem) : '',
    d.reply ? block(t('reply'), xml(d.reply.xml)) : '',
    last?.request ? folded(t('encrypted'), `?${last.query}\n\n${last.request}\n\n← ${last.status || ''}\n${last.response || ''}`) : '');
}

function attempt(a) {
  const name = t('attempt', { n: a.number }) + (a.copy ? `（${t('copyNo', { n: a.copy })}）` : '');
  const result = !a.done ? t('running') : a.err || `HTTP ${a.status}`;
  return el('li', { class: a.done && (a.err || a.status !== 200) ? 'bad' : '' }, `${name}：${result}${a.done ? ` · ${ms(a.took)}` : ''}`);
}

function apiCall(c) {
  const path = c.path.replace('/cgi-bin/', '');
  const state = c.status && c.status !== 200 ? `HTTP ${c.status}` : c.status ? `${c.errcode || 'ok'}` : '✕';
  return el('details', {}, head('↑', 'out', `${c.method} ${path}`, `${state} · ${ms(c.took)}`, c.errcode || c.status !== 200, c.time),
    c.fault ? el('p', { class: 'bad' }, `⚡ ${c.fault}`) : '',
    c.query ? block(t('query'), c.query) : '',
    c.body ? block(t('request'), json(c.body)) : '',
    c.answer ? block(t('answer'), json(c.answer)) : '');
}

function block(title, text) {
  const copy = el('button', { class: 'textual', onclick: async () => {
    await navigator.clipboard?.writeText(text);
    copy.textContent = t('copied');
    setTimeout(() => { copy.textContent = t('copy'); }, 1500);
  } }, t('copy'));
  return el('div', { class: 'block' }, el('h4', {}, title, copy), el('pre', { tabindex: '0' }, text));
}

const folded = (title, text) => el('details', { class: 'inner' }, el('summary', {}, title), el('pre', { tabindex: '0' }, text));

function json(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// xml puts every element on its own line.
function xml(text) {
  let depth = 0;
  return (text ?? '').replace(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]+>|[^<]+/g, (part) => `\u0000${part}`).split('\u0000').slice(1)
    .reduce((out, part) => {
      if (part.startsWith('</')) {
        depth -= 1;
        return out.endsWith('\n') ? `${out}${'  '.repeat(Math.max(0, depth))}${part}\n` : `${out}${part}\n`;
      }
      if (/^<[^!]/.test(part)) {
        const line = `${out.endsWith('\n') || !out ? '' : '\n'}${'  '.repeat(depth)}${part}`;
        depth += 1;
        return out + line;
      }
      return out + part;
    }, '').trim();
}

async function inject() {
  const fault = $('fault-text').value.trim();
  if (!fault) return;
  if (await change(call('api/fault', { fault }))) $('fault-text').value = '';
}

async function change(answer) {
  try {
    store.faults = (await answer).faults ?? [];
  } catch (err) {
    fail(err);
    return false;
  }
  renderFaults();
  return true;
}

function renderFaults() {
  $('faults').hidden = !store.faults.length;
  $('faults').textContent = `⚡ ${t('faults', { n: store.faults.length })}`;
  $('fault-list').replaceChildren(...store.faults.map((f) => el('li', {}, el('code', {}, f))));
}
