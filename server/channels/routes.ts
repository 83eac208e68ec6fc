// Where Google sends its notices.
import * as z from 'zod';
import type { Routes } from '../context.ts';
import { createEar } from './notice.ts';

export const channelRoutes: Routes = async (app, { context }) => {
  const hear = createEar(context);
  // Google sends no body, and what anybody else sends is not read. Of these routes only: Fastify keeps parsers apart.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_, payload, done) => {
    payload.resume();
    done(null);
  });

  app.post(
    '/google/notices',
    {
      config: { scope: 'none' },
      schema: {
        tags: ['google'],
        summary: "Google's notices: something changed in a calendar",
        response: { 204: z.null() },
      },
    },
    async ({ headers }, reply) => {
      const header = (name: string) => headers[name]?.toString();
      await hear({
        channelId: header('x-goog-channel-id'),
        token: header('x-goog-channel-token'),
        resourceId: header('x-goog-resource-id'),
        state: header('x-goog-resource-state'),
        number: header('x-goog-message-number'),
      });
      return reply.code(204).send(null);
    },
  );
};
