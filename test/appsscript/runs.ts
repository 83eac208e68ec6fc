// Runs the bundle: a thread for each run at a time, its calls outside answered here, its time limited to what Google gives.
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { Manifest } from './manifest.ts';
import { answer, type Outside } from './outside.ts';
import { readReference } from './reference.ts';
import type { Who } from './runtime/script.ts';
import type { Given, Outcome, Run } from './runtime/worker.ts';
import { Fault, releaseLocks } from './stores.ts';

/** The files of types whose services a run is given. */
const FILES = [
  'base',
  'cache',
  'card-service',
  'lock',
  'properties',
  'script',
  'url-fetch',
  'utilities',
  'apis/calendar_v3',
];

export interface Setting {
  folder: string;
  manifest: Manifest;
  who: Who;
  outside: Outside;
  /** Milliseconds; Google gives an add-on 30,000. */
  limit: number;
}

interface Thread {
  worker: Worker;
  port: MessagePort;
  wake: Int32Array;
  /** Answers the run that is under way. */
  answer?: ((act: string, args: unknown[]) => Promise<unknown>) | undefined;
}

/** The words Google shows for a run that took too long. */
const TOO_LONG = 'Exceeded maximum execution time';

let program: Promise<string> | undefined;

/** The thread's program in one file: Node 20 starts no TypeScript in a worker. */
function programText(): Promise<string> {
  program ??= build({
    entryPoints: [fileURLToPath(new URL('runtime/worker.ts', import.meta.url))],
    ...{ bundle: true, write: false, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' },
  }).then(({ outputFiles }) => outputFiles?.[0]?.text ?? '');
  return program;
}

export class Runs {
  private readonly setting: Setting;
  private readonly references = Object.fromEntries(FILES.map((file) => [file, readReference(file)]));
  private readonly idle: Thread[] = [];
  private readonly busy = new Set<Thread>();
  private count = 0;

  constructor(setting: Setting) {
    this.setting = setting;
  }

  /** One execution, however many others are under way. Never throws for what the add-on did. */
  async run(asked: Omit<Run, 'ahead'>): Promise<Outcome> {
    const thread = this.idle.pop() ?? (await this.start());
    const run = ++this.count;
    const over = new AbortController();
    const { outside, limit } = this.setting;
    this.busy.add(thread);
    thread.answer = (act, args) => answer(outside, { run, over: over.signal }, [act, args]);
    try {
      return await this.outcome(thread, { ...asked, ahead: outside.now() - Date.now() }, limit);
    } finally {
      over.abort();
      releaseLocks(outside.kept, run);
      thread.answer = undefined;
      this.busy.delete(thread);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.idle.splice(0), ...this.busy].map(({ worker }) => worker.terminate()));
  }

  private async outcome(thread: Thread, run: Run, limit: number): Promise<Outcome> {
    const { worker } = thread;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limit);
    });
    const done = new Promise<Outcome>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    // A clock a few milliseconds ahead would make two dates of one instant; only a set clock counts.
    worker.postMessage({ ...run, ahead: Math.abs(run.ahead) < 1_000 ? 0 : run.ahead });
    try {
      const outcome = await Promise.race([done, late]);
      if (outcome) {
        this.idle.push(thread);
        return outcome;
      }
      await worker.terminate();
      return { error: { name: 'Exception', message: TOO_LONG, stack: '' }, refusals: [], lines: [] };
    } finally {
      clearTimeout(timer);
      // Those two only: a worker listens to itself for whether anyone listens.
      worker.removeAllListeners('message').removeAllListeners('error');
    }
  }

  private async start(): Promise<Thread> {
    const { folder, manifest, who } = this.setting;
    const { port1, port2 } = new MessageChannel();
    const flag = new SharedArrayBuffer(4);
    const given: Given = { folder, manifest, who, references: this.references, port: port2, flag };
    const worker = new Worker(await programText(), { eval: true, workerData: given, transferList: [port2] });
    const thread: Thread = { worker, port: port1, wake: new Int32Array(flag) };
    port1.on('message', ({ act, args }: { act: string; args: unknown[] }) => {
      void thread.answer?.(act, args).then(
        (value) => reply(thread, { value }),
        (error: Error) => reply(thread, { fault: faultOf(error) }),
      );
    });
    // An idle host keeps no process alive.
    worker.unref();
    port1.unref();
    return thread;
  }
}

function reply({ port, wake }: Thread, message: object): void {
  port.postMessage(message);
  Atomics.store(wake, 0, 1);
  Atomics.notify(wake, 0);
}

function faultOf(error: Error) {
  return { message: error.message, name: error.name, refused: error instanceof Fault && error.refused };
}
