// Small drawings for the icons that cards name: CardService's own and Material's, by rough likeness. Nothing is loaded.

const line = (path: string) =>
  `<path d="${path}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`;
const dot = (x: number, y: number, r = 1.2) => `<circle cx="${x}" cy="${y}" r="${r}" fill="currentColor"/>`;
const ring = (x: number, y: number, r: number) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="currentColor" stroke-width="1.8"/>`;

const ROUND = ring(12, 12, 9);
const PAGE = line('M6 3.5h8l4 4v13H6zM14 3.5v4h4');
const SHEET = line('M4 6h16v14H4zM4 10h16M8 3.5V6M16 3.5V6');
const BODY = line('M4.5 20c.6-4 3.6-6 7.500-6s6.900 2 7.500 6');
const CAR = line('M5 11l1.700-4.500h10.600L19 11M4 11h16v6H4zM6 17v2M18 17v2') + dot(7.5, 14) + dot(16.5, 14);
const TAG = line('M3.500 12.500v-8h8l9 9-8 8z') + dot(8, 9, 1.4);
const DOOR = line('M6 20.500v-17h12v17M3.500 20.500h17') + dot(15, 12);

/** Shapes by the names that mean them; small letters, as Material writes them. */
const SHAPES: [string, string][] = [
  ['person account_circle face', ring(12, 8, 4) + BODY],
  ['person_add', ring(10, 8, 3.8) + line('M3 20c.5-4 3.200-6 7-6 1.500 0 3 .3 4 1M18 14v6M15 17h6')],
  [
    'multiple_people people group groups membership event_performer',
    ring(9, 8, 3.5) +
      line(
        'M2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6M15.500 4.800a3.500 3.500 0 0 1 0 6.400M17.500 14.500c2.500.6 3.800 2.500 4 5.500',
      ),
  ],
  ['clock schedule access_time timer more_time', ROUND + line('M12 6.500V12l4 2.500')],
  ['history update', line('M3.500 12A8.500 8.500 0 1 0 6.500 5.500M6.500 2v4h-4M12 7.500V12l3.500 2')],
  [
    'hourglass pending hourglass_empty hourglass_top pending_actions',
    line(
      'M6 3.500h12M6 20.500h12M7.500 3.500c0 5 4.500 5 4.500 8.500s-4.500 3.500-4.500 8.500M16.500 3.500c0 5-4.500 5-4.500 8.500s4.500 3.500 4.500 8.500',
    ),
  ],
  [
    'phone call',
    line(
      'M6.500 3.500l3 .5 1 4-2 1.500c1 2.500 3 4.500 5.500 5.500l1.500-2 4 1 .5 3c0 2-1.500 3.500-3.500 3.500C9.500 20 4 14.500 3.500 7c0-2 1-3.500 3-3.500z',
    ),
  ],
  ['email mail alternate_email', line('M3.500 5.500h17v13h-17zM3.500 6.500l8.500 6.500 8.500-6.500')],
  ['send', line('M3.500 4.500l17 7.500-17 7.500 2-7.500zM5.500 12h8')],
  [
    'map_pin place location_on',
    line('M12 21c-4-5-6.500-8-6.500-11.500a6.500 6.500 0 0 1 13 0C18.500 13 16 16 12 21z') +
      ring(12, 9.5, 2.2),
  ],
  [
    'star grade',
    line('M12 3.500l2.600 5.500 6 .8-4.400 4.200 1.100 6-5.300-2.900L6.700 20l1.100-6L3.400 9.800l6-.8z'),
  ],
  [
    'ticket confirmation_number confirmation_number_icon',
    line('M3.500 6.500h17v3.500a2 2 0 0 0 0 4v3.500h-17V14a2 2 0 0 0 0-4zM14 7v2M14 11v2M14 15v2'),
  ],
  ['car directions_car', CAR],
  [
    'bus directions_bus train',
    line('M5.500 4h13v13h-13zM5.500 11.500h13M7.500 17v2.500M16.500 17v2.500') +
      dot(8.5, 14.2) +
      dot(15.5, 14.2),
  ],
  [
    'airplane flight flight_arrival flight_departure',
    line('M12 3v18M12 9l9 5M12 9l-9 5M12 18l4 2.500M12 18l-4 2.500'),
  ],
  ['bookmark', line('M6.500 3.500h11v17L12 16l-5.500 4.500z')],
  ['description note notes article sticky_note_2', `${PAGE}${line('M9 12h6M9 16h6')}`],
  ['edit edit_note', line('M4.500 19.500l1-4.500L16.500 4l3.500 3.500L9 18.500z')],
  [
    'dollar payments euro',
    ROUND +
      line(
        'M15 9c-.5-1.200-1.600-1.800-3-1.800-1.800 0-3 .9-3 2.300 0 3.200 6 1.600 6 4.900 0 1.500-1.300 2.400-3 2.400-1.600 0-2.700-.7-3.200-1.900M12 5.500v13',
      ),
  ],
  ['invite event today calendar_today calendar_month date_range', SHEET + line('M13 15h3v2.500h-3z')],
  ['event_available', SHEET + line('M8.500 15l2.500 2.500 4.500-4.500')],
  ['event_busy', SHEET + line('M9.500 13l5 5M14.500 13l-5 5')],
  [
    'event_repeat repeat autorenew',
    line(
      'M4 10a8 8 0 0 1 14-3.500L20 8.500M20 4v4.500h-4.500M20 14a8 8 0 0 1-14 3.500L4 15.500M4 20v-4.500h4.500',
    ),
  ],
  [
    'sync refresh restart_alt',
    line(
      'M4 10a8 8 0 0 1 14-3.500L20 8.500M20 4v4.500h-4.500M20 14a8 8 0 0 1-14 3.500L4 15.500M4 20v-4.500h4.500',
    ),
  ],
  [
    'sync_problem sync_disabled',
    line(
      'M4 10a8 8 0 0 1 14-3.500L20 8.500M20 4v4.500h-4.500M20 14a8 8 0 0 1-14 3.500L4 15.500M4 20v-4.500h4.500M12 9v4',
    ) + dot(12, 15.5),
  ],
  ['offer sell label', TAG],
  [
    'restaurant_icon restaurant',
    line(
      'M7 3.500v17M4.500 3.500v5c0 1.500 1 2.500 2.500 2.500s2.500-1 2.500-2.500v-5M17 20.500v-17c-2.500 1.500-3 4.500-3 8h3',
    ),
  ],
  ['shopping_cart store', line('M3 4.500h2.500l2.500 11h10l2-8H6.500') + dot(9, 19, 1.5) + dot(17, 19, 1.5)],
  [
    'hotel hotel_room_type bed',
    line('M3.500 19V6M3.500 16.500h17V19M20.500 16.500v-3c0-2-1-3-3-3h-7v6') + ring(7, 12, 2),
  ],
  ['event_seat chair meeting_room room door_front', DOOR],
  ['video_camera video_play videocam play_arrow', line('M3.500 6.500h11v11h-11zM14.500 10.500l6-3v9l-6-3')],
  ['check done task_alt', line('M4.500 12.500l5 5 10-11')],
  ['check_circle verified', ROUND + line('M8 12.500l2.800 2.800L16 9.500')],
  ['close clear', line('M5.500 5.500l13 13M18.500 5.500l-13 13')],
  ['cancel', ROUND + line('M9 9l6 6M15 9l-6 6')],
  ['block do_not_disturb remove_circle', ROUND + line('M6 6l12 12')],
  ['warning report_problem', `${line('M12 4l9 16H3zM12 10v4.500')}${dot(12, 17.2)}`],
  ['error priority_high report', `${ROUND}${line('M12 7v6.500')}${dot(12, 16.8)}`],
  ['info', `${ROUND}${line('M12 11v6')}${dot(12, 7.6)}`],
  [
    'help help_outline question_mark',
    `${ROUND}${line('M9.500 9.500a2.500 2.500 0 1 1 3.700 2.200c-.8.500-1.200 1-1.200 2')}${dot(12, 16.8)}`,
  ],
  [
    'settings tune build',
    ring(12, 12, 3) +
      line('M12 3.500v3M12 17.500v3M3.500 12h3M17.500 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2'),
  ],
  ['undo', line('M8.500 6L4.500 10l4 4M4.500 10h9a5 5 0 0 1 0 10H9')],
  ['add', line('M12 5v14M5 12h14')],
  ['add_circle', ROUND + line('M12 8v8M8 12h8')],
  ['delete', line('M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 10.500v6M13.500 10.500v6')],
  ['arrow_forward chevron_right navigate_next', line('M9.500 5.500L16 12l-6.500 6.500')],
  ['arrow_back chevron_left', line('M14.500 5.500L8 12l6.500 6.500')],
  ['expand_more keyboard_arrow_down', line('M5.500 9.500L12 16l6.500-6.500')],
  [
    'swap_horiz compare_arrows sync_alt',
    line('M4 8.500h15M15.500 5l3.500 3.500-3.500 3.500M20 15.500H5M8.500 12L5 15.500 8.500 19'),
  ],
  ['open_in_new launch', line('M13.500 4.500h6v6M19.500 4.500L11 13M10 5.500H5v13.500h13.500V14')],
  ['link', line('M9.500 14.500l5-5M10.500 7l2-2a4 4 0 0 1 6 6l-2 2M13.500 17l-2 2a4 4 0 0 1-6-6l2-2')],
  ['link_off', line('M10.500 7l2-2a4 4 0 0 1 6 6l-2 2M13.500 17l-2 2a4 4 0 0 1-6-6l2-2M4 4l16 16')],
  [
    'cloud_off wifi_off signal_disconnected',
    line('M8 8a5 5 0 0 1 8.800 2.500 4 4 0 0 1 2.700 6.500M7 10a4 4 0 0 0 0 8h9M4 4l16 16'),
  ],
  ['cloud', line('M7 18a4 4 0 0 1 0-8 5 5 0 0 1 9.800.5A4 4 0 0 1 17.500 18z')],
  ['lock lock_person', line('M5.500 10.500h13v10h-13zM8 10.500V8a4 4 0 0 1 8 0v2.500')],
  ['login logout key', line('M12 4h7v16h-7M4 12h10M10.500 8.500L14 12l-3.500 3.500')],
  [
    'visibility',
    line('M2.500 12c2.500-4 5.500-6 9.500-6s7 2 9.500 6c-2.500 4-5.500 6-9.500 6s-7-2-9.500-6z') +
      ring(12, 12, 2.8),
  ],
  ['search', ring(10.5, 10.5, 6) + line('M15 15l5 5')],
  [
    'directions_walk directions_run',
    dot(13.5, 4.5, 2) +
      line('M12.500 8.500L10 14l3 2.500 1 4.500M10 14l-2.500 6.500M12.500 8.500l2 3 3 1M11 9L8 11v3'),
  ],
  [
    'notifications alarm',
    line(
      'M5.500 17.500h13c-1.500-1.500-1.500-3-1.500-6.500a5 5 0 0 0-10 0c0 3.500 0 5-1.500 6.500zM10.500 20.500h3',
    ),
  ],
  [
    'language translate public',
    ROUND + line('M3.500 12h17M12 3c-5 5.500-5 12.500 0 18M12 3c5 5.500 5 12.500 0 18'),
  ],
  [
    'business apartment domain',
    line('M5 20.500v-17h9v17M14 9.500h5v11M3 20.500h18M8 7.500h3M8 11.500h3M8 15.500h3'),
  ],
  ['bolt flash_on', line('M13.500 3L6 13.500h5L10.500 21 18 10.500h-5z')],
  ['more_vert', dot(12, 5.5, 1.7) + dot(12, 12, 1.7) + dot(12, 18.5, 1.7)],
  ['free_cancellation thumb_up', ROUND + line('M8 12.500l2.800 2.800L16 9.500')],
];

const BY_NAME = new Map(
  SHAPES.flatMap(([names, shape]) => names.split(' ').map((name) => [name, shape] as const)),
);

/** @param name of CardService.Icon or of Material; an unknown one is a dot */
export function iconSvg(name: string): string {
  const shape = BY_NAME.get(name.toLowerCase()) ?? dot(12, 12, 4);
  return `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`;
}
