// Runs the local Google as a process of its own: PORT (or the first argument), HOST, GOOGLE_DATA_FILE (or
// the second argument). Prints its address as one line of JSON when it is ready; ends cleanly on a signal.
import { startGoogle } from './server.ts';

const [portArgument, fileArgument] = process.argv.slice(2);
const dataFile = fileArgument ?? process.env.GOOGLE_DATA_FILE;

const google = await startGoogle({
  port: Number(portArgument ?? process.env.PORT ?? 0),
  ...(process.env.HOST && { host: process.env.HOST }),
  ...(dataFile && { dataFile }),
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    google.stop().then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`local Google: ${error.message}\n`);
        process.exit(1);
      },
    );
  });
}

process.stdout.write(`${JSON.stringify({ url: google.url })}\n`);
