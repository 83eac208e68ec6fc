// The add-on's panel at the right of the calendar: follows who looks and which event is open, and hears of changes.
import { locale } from './words.js';

/** A change in Google is known to whoever reads the calendar a little later: ms after which the panel is asked again. */
const LATER = [700, 2500];
const narrow = matchMedia('(max-width: 760px)');

/** `onSwitch` is called when the panel was opened or closed. Without an add-on nothing happens. */
export function makePanel(onSwitch) {
  const panel = document.getElementById('panel');
  if (!panel) {
    const nothing = () => undefined;
    return { show: nothing, changed: nothing, open: nothing };
  }
  const frame = panel.querySelector('iframe');
  const button = document.querySelector('#rail button');
  const state = { query: {}, title: '', seen: undefined, loaded: false };

  const tell = (message) => frame.contentWindow.postMessage(message, '*');
  function load() {
    if (panel.hidden || !state.query.person) return;
    if (state.loaded) return tell({ panel: 'open', query: state.query });
    state.loaded = true;
    frame.src = `${panel.dataset.url}/${locale}/?${new URLSearchParams(state.query)}`;
  }
  // What was opened while the frame was loading.
  addEventListener('message', ({ data, source }) => {
    if (source !== frame.contentWindow || data?.panel !== 'shown') return;
    panel.classList.add('ready');
    if (frame.src !== addressNow()) load();
  });
  const addressNow = () => `${panel.dataset.url}/${locale}/?${new URLSearchParams(state.query)}`;

  function turn(on) {
    if (panel.hidden === !on) return;
    panel.hidden = !on;
    document.body.classList.toggle('panel-open', on);
    button.setAttribute('aria-pressed', String(on));
    if (!narrow.matches) localStorage.setItem('panel', on ? 'open' : 'closed');
    load();
    onSwitch(on);
  }
  button.addEventListener('click', () => turn(panel.hidden));
  const close = panel.querySelector('.panel-bar button');
  close.addEventListener('click', () => {
    turn(false);
    button.focus();
  });
  turn(!narrow.matches && localStorage.getItem('panel') !== 'closed');

  let timers = [];
  return {
    /** `event`: as the week draws it; without `id` one that is being written; undefined: none is open. */
    show(person, event) {
      const query = {
        person,
        ...(event && { calendar: event.calendar }),
        ...(event?.id && { event: event.id }),
      };
      panel.querySelector('.panel-bar span').textContent = event?.title ?? '';
      if (JSON.stringify(query) === JSON.stringify(state.query)) return;
      state.query = query;
      state.seen = undefined;
      load();
    },
    /** `mark`: another one than the last time, if anything changed that the panel may tell of. */
    changed(mark) {
      const first = state.seen === undefined;
      if (state.seen === mark) return;
      state.seen = mark;
      if (first) return;
      for (const timer of timers) clearTimeout(timer);
      timers = LATER.map((after) => setTimeout(() => panel.hidden || tell({ panel: 'refresh' }), after));
    },
    open: () => turn(true),
  };
}
