#!/usr/bin/env tsx
// The command line: hands what was typed to the commands, and ends as they say.
import { runCommand } from './commands.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
  say: (line) => process.stderr.write(`${line}\n`),
});
