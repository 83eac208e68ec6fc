// What the worker does for channels now and then.
import type { Context } from '../context.ts';
import { watchCalendars } from './make.ts';
import { stopChannels } from './stop.ts';

/** For the worker's ticks: `every` in milliseconds. Safe in several processes at once. */
export const channelTicks = (context: Context): { every: number; run(): Promise<unknown> }[] => [
  { every: 5000, run: () => watchCalendars(context) },
  { every: 5000, run: () => stopChannels(context) },
];
