// The page: who writes to which app, and what comes of it.

import { call, listen } from './api.js';
import { $, avatar, el, moment } from './dom.js';
import { current, setDefault, t, toggle, translate } from './i18n.js';
import * as chat from './chat.js';
import * as compose from './compose.js';
import * as wire from './wire.js';

export const store = {
  members: [], apps: [], chats: [], hints: [], faults: [],
  me: null, // member
  app: null, // the place on the right: an app, or a group chat (which has a .chat)
  items: new Map(), // conversation → Map(seq → item)
  unread: new Map(), // conversation → number
};

// key names a conversation: of a member with an app, or in a group chat.
export const key = (place, user) => `${place.corp}/${place.chat ? `chat ${place.chat}` : place.app}/${user.toLowerCase()}`;
export const here = () => (store.me && store.app ? key(store.app, store.me.user) : '');
export const itemsOf = (k) => [...(store.items.get(k)?.values() ?? [])].sort((a, b) => a.seq - b.seq);

async function load() {
  const state = await call('api/state');
  setDefault(state.language);
  Object.assign(store, { members: state.members, apps: state.apps, chats: state.chats, hints: state.hints, faults: state.faults || [] });
  const saved = JSON.parse(localStorage.getItem('here') || '{}');
  store.me = store.members.find((m) => m.user === (store.me?.user ?? saved.user)) ?? store.members[0];
  const wanted = store.app ?? saved;
  store.app = places().find((p) => p.app === wanted.app && p.chat === wanted.chat) ?? places()[0];
  return state.event;
}

// places are the apps and group chats of the chosen member.
const places = () => [
  ...store.apps.filter((a) => a.corp === store.me?.corp),
  ...store.chats.filter((c) => c.corp === store.me?.corp && c.users.some((u) => u.toLowerCase() === store.me.user.toLowerCase())),
];

// loadConversations reads what the chosen member and his apps said so far.
async function loadConversations() {
  if (!store.me) return;
  const me = store.me;
  await Promise.all(places().map(async (p) => {
    const q = new URLSearchParams({ corp: p.corp, user: me.user, ...(p.chat ? { chat: p.chat } : { app: p.app }) });
    const { items } = await call(`api/conversation?${q}`);
    store.items.set(key(p, me.user), new Map(items.map((i) => [i.seq, i])));
  }));
}

async function choose(member, place, view) {
  store.me = member;
  if (place) store.app = place;
  if (!places().includes(store.app)) store.app = places()[0];
  localStorage.setItem('here', JSON.stringify({ user: member.user, app: store.app?.app, chat: store.app?.chat }));
  if (view) document.documentElement.dataset.view = view;
  await loadConversations();
  render();
}

function render() {
  translate();
  $('text').placeholder = t(matchMedia('(max-width: 719px)').matches ? 'short' : 'placeholder', { name: store.me?.name ?? '' });
  $('language').textContent = current() === 'en' ? '中文' : 'EN';
  store.unread.delete(here());
  renderLists();
  chat.render();
  compose.render();
  wire.render();
}

function renderLists() {
  $('members').replaceChildren(...store.members.map((m) => {
    const n = [...store.unread].filter(([k]) => k.startsWith(`${m.corp}/`) && k.endsWith(`/${m.user.toLowerCase()}`))
      .reduce((sum, [, count]) => sum + count, 0);
    const note = m.reader === 'wechat' ? t('wechat') : [m.department, m.position].filter(Boolean).join(' · ');
    return row(m.name, m.user, note, m === store.me, n, () => choose(m));
  }));
  const rows = (list) => list.map((p) => {
    const k = key(p, store.me.user);
    const last = itemsOf(k).filter((i) => i.kind !== 'lost').at(-1);
    const note = last ? last.text || t('recalled', { app: p.name }) : '';
    return row(p.name, p.chat ?? `app${p.app}`, note, p === store.app, store.unread.get(k) ?? 0, () => choose(store.me, p, 'chat'), last && moment(last.time));
  });
  const apps = rows(places().filter((p) => !p.chat));
  $('apps').replaceChildren(...apps);
  if (!apps.length) $('apps').append(el('li', { class: 'dim pad' }, t('noApp')));
  const chats = rows(places().filter((p) => p.chat));
  $('chats').replaceChildren(...chats);
  $('chats-title').hidden = !chats.length;
}

function row(name, seed, note, chosen, unread, onclick, when) {
  const badge = unread ? el('span', { class: 'badge', 'aria-label': t('unread', { n: unread }) }, String(unread)) : '';
  return el('li', {}, el('button', { class: 'row', 'aria-current': chosen ? 'true' : undefined, onclick },
    avatar(name, seed),
    el('span', { class: 'row-text' },
      el('span', { class: 'row-name' }, el('span', { class: 'cutoff' }, name), when ? el('time', { class: 'dim' }, when) : ''),
      el('span', { class: 'dim cutoff' }, note.replace(/\s+/g, ' ').slice(0, 80) || ' ')),
    badge));
}

function onChange(change) {
  if (change.reload) {
    load().then(loadConversations).then(render);
    return;
  }
  if (change.call) {
    wire.addCall(change.call);
    return;
  }
  const i = change.item;
  if (i.delivery) wire.addDelivery(i.delivery);
  const k = key(i, i.user);
  const known = store.items.get(k);
  const fresh = !known?.has(i.seq);
  if (known) known.set(i.seq, i);
  if (k === here()) chat.update(i);
  else if (i.kind === 'seen' && fresh) store.unread.set(k, (store.unread.get(k) ?? 0) + 1);
  renderLists();
}

function onLink(up) {
  $('link').textContent = up ? '' : t('lost');
  document.documentElement.classList.toggle('offline', !up);
}

export function fail(err) {
  $('error').textContent = err.message;
  $('error').hidden = false;
  clearTimeout(fail.timer);
  fail.timer = setTimeout(() => { $('error').hidden = true; }, 8000);
}

function theme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  localStorage.setItem('theme', document.documentElement.dataset.theme = dark ? 'light' : 'dark');
}

async function start() {
  const saved = localStorage.getItem('theme');
  if (saved) document.documentElement.dataset.theme = saved;
  $('theme').onclick = theme;
  $('language').onclick = () => { toggle(); render(); };
  $('back').onclick = () => { document.documentElement.dataset.view = 'list'; };
  chat.start();
  compose.start();
  wire.start();
  for (;;) {
    try {
      const event = await load();
      await Promise.all([loadConversations(), wire.load()]);
      render();
      listen(event, onChange, onLink);
      return;
    } catch (err) {
      onLink(false);
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

start();
