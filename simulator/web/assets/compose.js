// Writing a message, the app's menu, and events that a person can cause.

import { $, el, safeURL } from './dom.js';
import { t } from './i18n.js';
import { call, upload } from './api.js';
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
  $('file').onchange = () => { if ($('file').files.length) sendFile($('file').files[0]); $('file').value = ''; };
  text.addEventListener('paste', (e) => { if (e.clipboardData.files.length) sendFile(e.clipboardData.files[0]); });
  // A popover opens above the button that opens it.
  document.addEventListener('toggle', (e) => {
    const list = e.target;
    if (!list.classList?.contains('anchored') || e.newState !== 'open') return;
    const button = document.querySelector(`[popovertarget="${list.id}"]`).getBoundingClientRect();
    const height = list.offsetHeight;
    const middle = button.left + (button.width - list.offsetWidth) / 2;
    list.style.left = `${Math.max(8, Math.min(middle, innerWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${button.top > height + 16 ? button.top - height - 6 : button.bottom + 6}px`;
  }, true);
}

async function sendFile(file) {
  const form = new FormData();
  form.append('user', store.me.user);
  form.append('app', store.app.app);
  form.append('corp', store.app.corp);
  form.append('file', file);
  try {
    await upload('api/upload', form);
  } catch (err) {
    fail(err);
  }
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
  const inChat = Boolean(store.app?.chat);
  $('compose').hidden = inChat;
  $('no-compose').hidden = !inChat;
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
    const list = el('div', { class: 'popover anchored', popover: 'auto', id },
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
    el('button', { class: 'menu-item', onclick: () => { $('more-list').hidePopover(); $('file').click(); } }, t('evMedia')),
    event(t('evPlace'), 'location'), event(t('evLink'), 'link'), el('hr'),
    event(t('evEnter'), 'enter_agent'), event(t('evSubscribe'), 'subscribe'),
    event(t('evUnsubscribe'), 'unsubscribe'), event(t('evLocation'), 'LOCATION'));
}
