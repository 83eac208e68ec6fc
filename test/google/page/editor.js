// The dialog in which one event is written, changed, answered or deleted.
import { t } from './words.js';

const REPEATS = {
  '': t('once'),
  'RRULE:FREQ=DAILY': t('daily'),
  'RRULE:FREQ=WEEKLY': t('weekly'),
  'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR': t('weekdays'),
  'RRULE:FREQ=MONTHLY': t('monthly'),
};

const option = (value, name) => `<option value="${value}">${t(name)}</option>`;
const answer = (value, name) => `<button type="button" value="${value}">${t(name)}</button>`;
const FORM = `<form method="dialog">
<h2 id="editor-title"></h2>
<input name="summary" placeholder="${t('addTitle')}" aria-label="${t('title')}" autocomplete="off" autofocus>
<label class="check"><input type="checkbox" name="allDay"> ${t('allDay')}</label>
<div class="pair">
<label>${t('from')} <input name="start" required></label>
<label>${t('until')} <input name="end" required></label>
</div>
<label class="scope">${t('change')} <select name="scope">
${option('one', 'thisEvent')}${option('following', 'following')}${option('all', 'allEvents')}
</select></label>
<label class="repeat">${t('repeat')} <select name="recurrence"></select></label>
<div class="pair">
<label>${t('inCalendar')} <select name="calendar"></select></label>
<label>${t('showAs')} <select name="transparency">${option('opaque', 'busy')}${option('transparent', 'free')}</select></label>
<label>${t('status')} <select name="status">${option('confirmed', 'confirmed')}${option('tentative', 'tentative')}</select></label>
</div>
<label>${t('location')} <input name="location" autocomplete="off"></label>
<label>${t('guests')} <input name="guests" placeholder="${t('addresses')}" autocomplete="off"></label>
<label>${t('description')} <textarea name="description" rows="3"></textarea></label>
<p class="answer">${t('going')} ${answer('accepted', 'yes')}
${answer('declined', 'no')} ${answer('tentative', 'maybe')}</p>
<p class="actions"><button type="button" class="delete">${t('delete')}</button><span class="gap"></span>
<button type="button" class="close">${t('close')}</button><button class="primary" value="save">${t('save')}</button></p>
</form>`;

const dayAfter = (date, count) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);

/**
 * `event` as the week draws it, or without `id` a new one. `act` calls the control and resolves to
 * undefined when it was refused. `onClose` is called with what was made, if anything was.
 */
export function openEditor(dialog, { calendars, zone, act, event, onClose }) {
  dialog.innerHTML = FORM;
  const form = dialog.querySelector('form');
  const fields = form.elements;
  fill(dialog, { calendars, event });
  const on = { calendar: event.calendar, event: event.id };
  let made;
  form.addEventListener('submit', async (submit) => {
    submit.preventDefault();
    made = await save({ fields, zone, act, event, on });
    if (made) dialog.close();
  });
  dialog.addEventListener('close', () => onClose(made), { once: true });
  fields.allDay.addEventListener('change', () => setTimes(fields, read(fields)));
  dialog.querySelector('.close').addEventListener('click', () => dialog.close());
  dialog.querySelector('.delete').addEventListener('click', async () => {
    const target = fields.scope.value === 'all' ? (event.raw.recurringEventId ?? event.id) : event.id;
    if (await act('deleteEvent', { ...on, event: target })) dialog.close();
  });
  for (const button of dialog.querySelectorAll('.answer button')) {
    button.addEventListener('click', async () => {
      if (await act('respond', { event: event.id, response: button.value })) dialog.close();
    });
  }
  dialog.showModal();
}

function fill(dialog, { calendars, event }) {
  const fields = dialog.querySelector('form').elements;
  const raw = event.raw ?? {};
  const isNew = event.id === undefined;
  dialog.querySelector('h2').textContent = t(isNew ? 'newEvent' : event.writable ? 'editEvent' : 'event');
  const known = calendars.some(({ id }) => id === event.calendar);
  const listed = known ? calendars : [{ id: event.calendar, summary: event.calendar }, ...calendars];
  fields.calendar.replaceChildren(...listed.map(({ id, summary }) => new Option(summary, id)));
  fields.recurrence.replaceChildren(...Object.entries(REPEATS).map(([rule, name]) => new Option(name, rule)));
  fields.calendar.value = event.calendar;
  for (const name of ['summary', 'location', 'description']) fields[name].value = raw[name] ?? '';
  fields.transparency.value = raw.transparency ?? 'opaque';
  fields.status.value = raw.status ?? 'confirmed';
  fields.guests.value = (raw.attendees ?? []).map(({ email }) => email).join(', ');
  fields.allDay.checked = event.allDay;
  setTimes(fields, event);
  dialog.querySelector('.scope').hidden = raw.recurringEventId === undefined;
  dialog.querySelector('.repeat').hidden = !isNew;
  dialog.querySelector('.answer').hidden = !raw.attendees?.some(({ self }) => self);
  dialog.querySelector('.delete').hidden = isNew || !event.writable;
  dialog.querySelector('.primary').hidden = !event.writable;
}

/** A person names the last day of an all-day event; the API the day after it. */
function setTimes(fields, { start, end }) {
  const allDay = fields.allDay.checked;
  for (const name of ['start', 'end']) fields[name].type = allDay ? 'date' : 'datetime-local';
  const last = end.slice(11) === '00:00' && end > start ? dayAfter(end.slice(0, 10), -1) : end.slice(0, 10);
  fields.start.value = allDay ? start.slice(0, 10) : start;
  fields.end.value = allDay ? last : end;
}

/** The times in the form after the kind has been switched. */
function read(fields) {
  const [start, end] = [fields.start.value, fields.end.value];
  if (start.length > 10) return { start, end };
  return { start: `${start}T09:00`, end: `${end}T10:00` };
}

async function save({ fields, zone, act, event, on }) {
  const allDay = fields.allDay.checked;
  const when = (text, isEnd) =>
    allDay
      ? { date: isEnd ? dayAfter(text, 1) : text, dateTime: null, timeZone: null }
      : { dateTime: `${text}:00`, timeZone: zone, date: null };
  const change = {
    summary: fields.summary.value || null,
    location: fields.location.value || null,
    description: fields.description.value || null,
    transparency: fields.transparency.value,
    status: fields.status.value,
    start: when(fields.start.value, false),
    end: when(fields.end.value, true),
    attendees: guests(fields.guests.value, event.raw?.attendees ?? []),
  };
  if (event.id === undefined) {
    const recurrence = fields.recurrence.value ? { recurrence: [fields.recurrence.value] } : {};
    return act('addEvent', { calendar: fields.calendar.value, event: { ...change, ...recurrence } });
  }
  if (!(await apply({ fields, act, event, on, change }))) return undefined;
  const to = fields.calendar.value;
  return to === event.calendar ? true : act('moveEvent', { ...on, to });
}

function apply({ fields, act, event, on, change }) {
  const { recurringEventId, originalStartTime } = event.raw;
  if (!recurringEventId || fields.scope.value === 'one') return act('changeEvent', { ...on, change });
  const series = { ...on, event: recurringEventId };
  if (fields.scope.value === 'following')
    return act('splitSeries', { ...series, from: originalStartTime, change });
  // The times of one occurrence say nothing of the first one's day, so a change of the whole leaves them.
  const { start: _, end: __, ...rest } = change;
  return act('changeEvent', { ...series, change: rest });
}

function guests(text, before) {
  const emails = text.split(/[\s,;]+/).filter(Boolean);
  return emails.map((email) => before.find((guest) => guest.email === email) ?? { email });
}
