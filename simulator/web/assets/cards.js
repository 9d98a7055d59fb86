// Template cards: what they show, and what the member may press. Field names are those of the platform's JSON.

import { call } from './api.js';
import { el, safeURL } from './dom.js';
import { t } from './i18n.js';
import { fail, store } from './main.js';

// card draws a template card (or a legacy task card) as it looks now.
export function card(item) {
  const c = item.card;
  const f = c.face ?? {};
  if (c.card_type === 'interactive_taskcard') return taskCard(item, c, f);
  const form = el('form', { class: 'bubble panel card', 'aria-label': f.main_title?.title || f.sub_title_text || t('card') },
    head(item, f), picture(f.card_image), title(f), emphasis(f.emphasis_content), quote(f.quote_area), imageText(f.image_text_area),
    f.sub_title_text ? el('p', { class: 'sub' }, f.sub_title_text) : '',
    ...(f.vertical_content_list ?? []).map((v) => el('div', {}, el('strong', {}, v.title), el('p', { class: 'dim' }, v.desc))),
    rows(item, f.horizontal_content_list), ...questions(c, f), actions(item, c, f), ...jumps(f.jump_list), goal(f.card_action));
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    press(item, form, e.submitter?.dataset.key);
  });
  return form;
}

const link = (url, props, ...children) => (safeURL(url) ? el('a', { ...props, href: url, target: '_blank', rel: 'noopener noreferrer' }, ...children) : el('span', props, ...children));
const image = (url, props = {}) => (safeURL(url) ? el('img', { ...props, src: url, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' }) : '');

let menus = 0;

function head(item, f) {
  const s = f.source;
  if (!s?.desc && !f.action_menu) return '';
  const id = `card-menu-${menus += 1}`;
  const list = f.action_menu ? el('div', { class: 'popover anchored', popover: 'auto', id },
    f.action_menu.desc ? el('p', { class: 'dim pad' }, f.action_menu.desc) : '',
    ...f.action_menu.action_list.map((a) => el('button', { type: 'button', class: 'menu-item', onclick: () => { list.hidePopover(); press(item, null, a.key); } }, a.text))) : '';
  return el('div', { class: 'card-head' }, image(s?.icon_url, { class: 'source-icon' }),
    el('span', { class: `grow source s${s?.desc_color ?? 0}` }, s?.desc ?? ''),
    list ? el('button', { type: 'button', class: 'icon small', popovertarget: id, 'aria-label': t('cardMenu') }, '⋯') : '', list);
}

function title(f) {
  const m = f.main_title;
  return m?.title || m?.desc ? el('div', {}, m.title ? el('strong', { class: 'card-title' }, m.title) : '', m.desc ? el('p', { class: 'dim' }, m.desc) : '') : '';
}

const emphasis = (e) => (e?.title || e?.desc ? el('div', { class: 'emphasis' }, el('strong', {}, e.title ?? ''), el('span', { class: 'dim' }, e.desc ?? '')) : '');
const quote = (q) => (q?.title || q?.quote_text ? link(q.type === 1 ? q.url : '', { class: 'quote' }, q.title ? el('strong', { class: 'block' }, q.title) : '', q.quote_text ?? '') : '');
const picture = (p) => (p ? image(p.url, { class: 'card-image' }) : '');
const imageText = (a) => (a ? link(a.type === 1 ? a.url : '', { class: 'image-text' }, image(a.image_url), el('span', {}, el('strong', { class: 'block' }, a.title ?? ''), el('span', { class: 'dim' }, a.desc ?? ''))) : '');
const goal = (a) => (a?.type === 1 ? link(a.url, { class: 'foot' }, t('details')) : '');
const jumps = (list) => (list ?? []).map((j) => link(j.type === 1 ? j.url : '', { class: 'jump' }, el('span', { class: 'grow' }, j.title), '›'));

function rows(item, list) {
  if (!list?.length) return '';
  return el('dl', { class: 'pairs' }, ...list.flatMap((h) => {
    let value = h.value ?? '';
    if (h.type === 1) value = link(h.url, {}, h.value || h.url);
    if (h.type === 2) value = el('a', { href: `api/media?${new URLSearchParams({ corp: item.corp, id: h.media_id })}`, download: '' }, h.value || t('file'));
    if (h.type === 3) value = el('span', { class: 'person' }, `@${h.value || store.members.find((m) => m.user === h.userid)?.name || h.userid}`);
    return [el('dt', {}, h.keyname), el('dd', {}, value)];
  }));
}

// questions are drop-down lists, or a list of choices to tick. What was answered before stands there again.
function questions(c, f) {
  const off = Boolean(c.replaced);
  const list = [f.button_selection, ...(f.select_list ?? [])].filter(Boolean).map((q) => {
    const chosen = c.chosen?.[q.question_key]?.[0] ?? q.selected_id ?? q.option_list[0]?.id;
    return el('label', { class: 'question' }, el('span', { class: 'dim' }, q.title || t('choose')),
      el('select', { name: q.question_key, disabled: off || q.disable === true },
        ...q.option_list.map((o) => el('option', { value: o.id, selected: o.id === chosen }, o.text))));
  });
  if (f.checkbox) list.push(votes(c, f.checkbox, off));
  return list;
}

function votes(c, box, off) {
  const chosen = c.chosen?.[box.question_key] ?? box.option_list.filter((o) => o.is_checked).map((o) => o.id);
  return el('fieldset', { class: 'votes', disabled: off || box.disable === true },
    el('legend', { class: box.mode === 1 ? 'dim' : 'hidden' }, box.mode === 1 ? t('votes') : t('choose')),
    ...box.option_list.map((o) => el('label', { class: 'vote' },
      el('input', { type: box.mode === 1 ? 'checkbox' : 'radio', name: box.question_key, value: o.id, checked: chosen.includes(o.id) }), o.text)));
}

function actions(item, c, f) {
  if (c.replaced) return el('p', { class: 'replaced' }, c.replaced);
  const submit = f.submit_button;
  const buttons = (f.button_list ?? []).map((b) => {
    if (b.type === 1) return link(b.url, { class: `press p${b.style ?? 1}` }, b.text);
    return el('button', { class: `press p${b.style || 1}`, 'data-key': b.key, 'data-keep': b.key }, b.text);
  });
  if (submit) buttons.push(el('button', { class: 'press p1', 'data-key': submit.key, 'data-keep': submit.key }, submit.text || t('submit')));
  return buttons.length ? el('div', { class: 'presses' }, ...buttons) : '';
}

function taskCard(item, c, f) {
  const buttons = f.btn.map((b) => el('button', { class: `press ${b.color === 'red' ? 'p3' : 'p1'}`, 'data-key': b.key }, b.name));
  const form = el('form', { class: 'bubble panel card' }, el('strong', { class: 'card-title' }, f.title), f.description ? el('p', {}, f.description) : '',
    c.replaced ? el('p', { class: 'replaced' }, c.replaced) : el('div', { class: 'presses' }, ...buttons), safeURL(f.url) ? link(f.url, { class: 'foot' }, t('details')) : '');
  form.addEventListener('submit', (e) => { e.preventDefault(); press(item, form, e.submitter?.dataset.key); });
  return form;
}

// answersOf reads what is chosen in the form: every question, also one with nothing ticked.
function answersOf(form) {
  const answers = new Map();
  for (const field of form.querySelectorAll('select, input')) {
    const list = answers.get(field.name) ?? [];
    if (field.tagName === 'SELECT' || field.checked) list.push(field.value);
    answers.set(field.name, list);
  }
  return [...answers].map(([question, options]) => ({ question, options }));
}

async function press(item, form, key) {
  if (!key) return;
  const buttons = form ? [...form.querySelectorAll('.press')] : [];
  for (const b of buttons) b.disabled = true; // a second press while the first is on its way has no use
  try {
    await call('api/press', { corp: item.corp, app: item.app, user: item.user, task: item.card.task_id, key, answers: form ? answersOf(form) : [] });
  } catch (err) {
    fail(err);
  }
  setTimeout(() => { for (const b of buttons) b.disabled = false; }, 800);
}
