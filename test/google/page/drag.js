// Moving and stretching an event with the mouse, or with Alt and the arrow keys.

const STEP = 15;

const shifted = (wall, minutes) =>
  new Date(Date.parse(`${wall}:00Z`) + minutes * 60_000).toISOString().slice(0, 16);

/** By touch an event is opened, not dragged, so that the page can be scrolled. */
export function makeDraggable(block, event, { hour, move }) {
  const handle = document.createElement('i');
  handle.className = 'handle';
  block.append(handle);
  block.addEventListener('pointerdown', (down) => {
    if (down.button !== 0 || down.pointerType === 'touch') return;
    const drag = {
      x: down.clientX,
      y: down.clientY,
      stretch: down.target === handle,
      height: block.offsetHeight,
      // Taken now, as the page may be drawn anew while the mouse is down.
      width: block.parentElement.offsetWidth,
      minutes: 0,
      days: 0,
    };
    const follow = (at) => update(block, drag, { at, hour });
    const release = () => {
      removeEventListener('pointermove', follow);
      removeEventListener('pointercancel', cancel);
      if (drag.moved) finish(block, event, drag, move);
    };
    const cancel = () => {
      drag.minutes = 0;
      drag.days = 0;
      removeEventListener('pointerup', release);
      release();
    };
    addEventListener('pointermove', follow);
    addEventListener('pointerup', release, { once: true });
    addEventListener('pointercancel', cancel, { once: true });
  });
  block.addEventListener('keydown', (key) => {
    const by = { ArrowUp: -STEP, ArrowDown: STEP, ArrowLeft: -1440, ArrowRight: 1440 }[key.key];
    if (!key.altKey || by === undefined) return;
    key.preventDefault();
    move(event, { start: shifted(event.start, by), end: shifted(event.end, by) });
  });
}

function update(block, drag, { at, hour }) {
  drag.minutes = Math.round((((at.clientY - drag.y) / hour) * 60) / STEP) * STEP;
  drag.days = drag.stretch ? 0 : Math.round((at.clientX - drag.x) / drag.width);
  if (Math.abs(at.clientX - drag.x) + Math.abs(at.clientY - drag.y) > 4) drag.moved = true;
  if (!drag.moved) return;
  block.classList.add('dragged');
  const pixels = (drag.minutes / 60) * hour;
  if (drag.stretch) block.style.height = `${drag.height + pixels}px`;
  else block.style.transform = `translate(${drag.days * drag.width}px, ${pixels}px)`;
}

function finish(block, event, { minutes, days, stretch, height }, move) {
  // The click that follows a drag, on whatever lies below, must not open the editor.
  const swallow = (click) => click.stopPropagation();
  addEventListener('click', swallow, { capture: true });
  setTimeout(() => removeEventListener('click', swallow, { capture: true }));
  block.classList.remove('dragged');
  const by = minutes + days * 1440;
  const start = stretch ? event.start : shifted(event.start, by);
  const end = shifted(event.end, by);
  if (by !== 0 && end > start) move(event, { start, end });
  else Object.assign(block.style, { transform: '', height: `${height}px` });
}
