// Makes the side panel live: what is clicked or changed goes to the host with the form, its answer takes the panel's place.
const panel = document.querySelector('#panel');
const base = new URL('.', import.meta.url);
let query = location.search;
/** The request under way; a later one waits for it, since the host does one thing at a time. */
let busy;

/** What stands in the form, as `Host.enter` takes it; dates and times as the input writes them. */
function form() {
  const fields = {};
  for (const field of panel.querySelectorAll('[data-field]')) {
    const { field: name, kind } = field.dataset;
    if (kind === 'on') fields[name] = field.checked;
    else if (kind === 'many')
      fields[name] = [...field.querySelectorAll(':checked')].map(({ value }) => value);
    else fields[name] = kind === 'wall' ? { wall: field.value } : field.value;
  }
  return fields;
}

/** One tap at a time: what is tapped while another is under way is not heard. */
function send(act, { quiet = false, ...rest } = {}) {
  if (busy) return undefined;
  const working = panel.querySelector('.working');
  if (working && !quiet) working.hidden = false;
  busy = ask(act, rest)
    .then(show)
    .catch((error) => notice(`The panel's host does not answer: ${error.message}`))
    .finally(() => {
      busy = undefined;
      const shown = panel.querySelector('.working');
      if (shown) shown.hidden = true;
    });
  return busy;
}

async function ask(act, rest) {
  const response = await fetch(new URL(`${act}${query}`, base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields: form(), view: panel.firstElementChild?.dataset.view, ...rest }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

function show({ html, link }) {
  const again = focused();
  const title = panel.querySelector('h2')?.textContent;
  panel.innerHTML = html;
  if (panel.querySelector('h2')?.textContent !== title) window.scrollTo(0, 0);
  untouched = JSON.stringify(form());
  hideSoon();
  again?.();
  if (link) follow(link);
}

/** What has the focus, to be found again after the panel was drawn anew: by its id, else by what it says. */
function focused() {
  const { activeElement: had } = document;
  if (!had || !panel.contains(had)) return undefined;
  const { id, tagName, textContent: words } = had;
  const label = had.getAttribute('aria-label');
  return () => {
    const same = (one) => one.textContent === words && one.getAttribute('aria-label') === label;
    const found = id ? document.getElementById(id) : [...panel.querySelectorAll(tagName)].find(same);
    (found ?? panel.querySelector('main')).focus({ preventScroll: !found });
  };
}

/** A picture that cannot be had leaves its words. */
function lost(image) {
  const words = document.createElement('span');
  const logo = image.className === 'logo';
  words.className = logo ? 'logo' : `${image.className} no-image`;
  words.textContent = logo ? panel.querySelector('h1').textContent.charAt(0) : image.alt;
  image.replaceWith(words);
}
panel.addEventListener('error', ({ target }) => target.tagName === 'IMG' && lost(target), true);
for (const image of panel.querySelectorAll('img'))
  if (image.complete && image.naturalWidth === 0) lost(image);

/** A tab of its own; when the browser forbids that, a link to click. */
function follow({ url, reload }) {
  const opened = window.open(url, '_blank');
  if (!opened) return notice('', url);
  if (reload) reloadAfter(opened);
  else opened.opener = null;
}

function reloadAfter(opened) {
  const timer = setInterval(() => {
    if (!opened.closed) return;
    clearInterval(timer);
    void send('reload');
  }, 500);
}

/** A notice goes by itself, but not from under the pointer, and not while its button has the focus. */
let hiding;
function hideSoon() {
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    const bar = panel.querySelector('.snackbar');
    if (bar?.matches(':hover, :focus-within')) hideSoon();
    else if (bar) bar.hidden = true;
  }, 6_000);
}

function notice(text, url) {
  const bar = panel.querySelector('.snackbar');
  if (!bar) return;
  const words = bar.querySelector('.words');
  words.textContent = text;
  if (url) {
    const link = Object.assign(document.createElement('a'), { href: url, target: '_blank', rel: 'noopener' });
    link.textContent = 'Open the page';
    words.append(link);
  }
  bar.hidden = false;
}

panel.addEventListener('click', (event) => {
  const target = event.target.closest('[data-act], [data-do]');
  if (!target) return;
  const { act, label } = target.dataset;
  const todo = target.dataset.do;
  if (todo === 'dismiss') target.closest('.snackbar').hidden = true;
  else if (target.tagName === 'A') {
    if (target.dataset.reload === undefined) return;
    event.preventDefault();
    follow({ url: target.href, reload: true });
  } else if (todo) void send(todo, { label });
  else void send('click', { act: Number(act), quiet: target.dataset.quiet !== undefined });
});

panel.addEventListener('change', (event) => {
  if (event.target.dataset.change === undefined) return;
  const name = event.target.closest('[data-field]').dataset.field;
  void send('change', { name, quiet: true });
});

panel.addEventListener('input', (event) => {
  const { target } = event;
  if (target.dataset.suggest === undefined) return;
  clearTimeout(target.timer);
  target.timer = setTimeout(() => void suggest(target), 250);
});

async function suggest(field) {
  const body = JSON.stringify({ name: field.dataset.field, typed: field.value });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(new URL(`suggest${query}`, base), { method: 'POST', headers, body });
  const options = response.ok ? await response.json() : [];
  field.list?.replaceChildren(
    ...options.map((value) => Object.assign(document.createElement('option'), { value })),
  );
}

document.addEventListener('click', (event) => {
  for (const menu of panel.querySelectorAll('.menu[open]'))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of panel.querySelectorAll('.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// The page that embeds the panel: the panel says that it is here, opens what that page names, and looks again when
// that page says that something changed.
let latest = 0;
async function open(named) {
  latest += 1;
  const mine = latest;
  const working = panel.querySelector('.working');
  if (working) working.hidden = false;
  while (busy) await busy;
  // Another one was opened since.
  if (mine !== latest) return;
  query = `?${new URLSearchParams(named)}`;
  history.replaceState(undefined, '', query);
  await send('reload');
  window.scrollTo(0, 0);
}

let touched = 0;
for (const hand of ['pointermove', 'pointerdown', 'keydown'])
  panel.addEventListener(hand, () => {
    touched = Date.now();
  });

/** Nobody is at it: no step was taken that would be lost, nothing filled in, no finger about to tap. */
let untouched = JSON.stringify(form());
const isIdle = () =>
  !busy &&
  !panel.querySelector('[data-do="back"], .menu[open]') &&
  Date.now() - touched > 2_000 &&
  JSON.stringify(form()) === untouched;

/** What is shown already stays as it is, a notice too. */
let waiting;
async function refresh() {
  clearTimeout(waiting);
  if (!isIdle()) {
    waiting = setTimeout(refresh, 1_000);
    return;
  }
  const before = panel.innerHTML;
  busy = ask('reload', {});
  try {
    const { html } = await busy;
    const bar = panel.querySelector('.snackbar:not([hidden])');
    const drawn = document.createElement('div');
    drawn.innerHTML = html;
    if (bar) drawn.querySelector('.snackbar')?.replaceWith(bar.cloneNode(true));
    if (panel.innerHTML === before && drawn.innerHTML !== before) {
      const again = focused();
      panel.replaceChildren(...drawn.childNodes);
      again?.();
    }
    untouched = JSON.stringify(form());
  } catch {
    // What is shown stays: the next tap says what is wrong.
  } finally {
    busy = undefined;
  }
}

window.addEventListener('message', ({ data, source }) => {
  if (source !== window.parent) return;
  if (data?.panel === 'open') void open(data.query);
  if (data?.panel === 'refresh') void refresh();
});
if (window.parent !== window) window.parent.postMessage({ panel: 'shown' }, '*');
