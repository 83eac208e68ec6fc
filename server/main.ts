// The server as a process: configuration from the environment, a clean stop on a signal, one clear sentence per fault.
import { Misconfigured, readConfig } from './config.ts';
import { openLog } from './log/logger.ts';
import { type Server, startServer } from './start.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog(config.logLevel);
  const gaveUp = () => {
    log.fatal('the database process died and could not be started again');
    process.exit(1);
  };
  const server = await startServer(config, log, gaveUp);
  log.info({ address: server.address }, 'Sidebook is up: /docs lists what it answers');
  stopOnSignal(server, () => log.info('stopped'));
}

function stopOnSignal(server: Server, stopped: () => void): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // Asked twice, somebody is in a hurry: nothing that was acknowledged is lost by it.
      if (stopping) process.exit(1);
      stopping = true;
      server.stop().then(
        () => {
          stopped();
          process.exit(0);
        },
        (error) => fail(error),
      );
    });
}

function fail(error: unknown): never {
  const sentences =
    error instanceof Misconfigured ? error.faults : [String(error instanceof Error ? error.message : error)];
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

main().catch(fail);
