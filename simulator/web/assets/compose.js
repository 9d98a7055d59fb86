// Writing a message, the app's menu, and events that a person can cause.

import { $, el, safeURL } from './dom.js';
import { t } from './i18n.js';
import { call } from './api.js';
import { say } from './chat.js';
import { fail, here, store } from './main.js';

const text = $('text');
const drafts = new Map(); // conversation → unfinished text
let draftOf = '';

export function start() {
  $('compose').onsubmit = (e) => { e.preventDefault(); submit(); };
  let shift = false;
  text.addEventListener('keydown', (e) => { shift = e.shiftKey; });
  // Not keydown: while an input method composes, Enter chooses a word and breaks no line.
  text.addEventListener('beforeinput', (e) => {
    if (e.inputType !== 'insertLineBreak' || shift) return;
    e.preventDefault();
    submit();
  });
  text.addEventListener('input', grow);
  $('enter').onclick = () => happen('enter_agent');
}

async function submit() {
  const words = text.value;
  if (!words.trim() || !store.app) return;
  text.value = '';
  grow();
  if (!await say(words) && !text.value) text.value = words;
  text.focus();
}

function grow() {
  text.style.height = 'auto';
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  $('send').disabled = !text.value.trim();
}

async function happen(event, key) {
  const { app, me } = store;
  try {
    await call('api/event', { corp: app.corp, app: app.app, user: me.user, event, key });
  } catch (err) {
    fail(err);
  }
}

export function render() {
  if (draftOf !== here()) {
    drafts.set(draftOf, text.value);
    draftOf = here();
    text.value = drafts.get(draftOf) ?? '';
  }
  text.disabled = !store.app;
  grow();
  renderMenu();
  renderMore();
}

function renderMenu() {
  const menu = store.app?.menu ?? [];
  $('menu').hidden = !menu.length;
  $('menu').replaceChildren(...menu.flatMap((item, n) => {
    if (!item.sub_button?.length) return [el('button', { class: 'menu-item', onclick: () => press(item) }, item.name)];
    const id = `sub-menu-${n}`;
    const list = el('div', { class: 'popover', popover: 'auto', id },
      ...item.sub_button.map((s) => el('button', { class: 'menu-item', onclick: () => { list.hidePopover(); press(s); } }, s.name)));
    return [el('button', { class: 'menu-item more', popovertarget: id }, item.name), list];
  }));
}

function press(item) {
  if (item.type === 'view') {
    if (safeURL(item.url)) window.open(item.url, '_blank', 'noopener');
    happen('view', item.url);
    return;
  }
  happen(item.type === 'view_miniprogram' ? 'view' : item.type, item.key || item.pagepath);
}

function renderMore() {
  const event = (label, name) => el('button', { class: 'menu-item', onclick: () => { $('more-list').hidePopover(); happen(name); } }, label);
  $('more-list').replaceChildren(
    event(t('evEnter'), 'enter_agent'), event(t('evSubscribe'), 'subscribe'),
    event(t('evUnsubscribe'), 'unsubscribe'), event(t('evLocation'), 'LOCATION'));
}
