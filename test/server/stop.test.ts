// Stopping: who only holds a connection open is not waited for.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { startApi } from '../api.ts';

test('a connection on which nothing was ever asked does not keep the server from stopping', {
  timeout: 20_000,
}, async () => {
  const api = await startApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as AddressInfo;
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  await api.close();
  await closed;
  expect(api.app.server.listening).toBe(false);
});
