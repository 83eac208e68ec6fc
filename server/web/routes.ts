// What anybody may ask for without a key: the pages about Sidebook, its logo, and the way in.
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { pages } from '../../addon/publish/pages.ts';
import { logo } from '../../addon/publish/pictures.ts';
import type { Routes } from '../context.ts';
import { headers, localeFor, showPage } from './legal.ts';

const querystring = z.object({ lang: z.string().max(20).optional() });

export const webRoutes: Routes = async (app, { context }) => {
  const { operator } = context.config;
  for (const page of pages)
    app.get(`/${page}`, { schema: { hide: true, querystring } }, async (request, reply) => {
      const locale = localeFor(request.query.lang, request.headers['accept-language']);
      return reply
        .headers({ ...headers, 'content-language': locale })
        .send(await showPage(page, { locale, operator }));
    });

  // Whoever types the server's name wants in.
  app.get('/', { schema: { hide: true } }, (_, reply) => reply.redirect('/panel'));

  // Google's pages show it too: the side panel's head, the Marketplace.
  const image = await readFile(logo);
  app.get('/logo.png', { schema: { hide: true } }, async (_, reply) =>
    reply
      .headers({
        'cache-control': 'public, max-age=86400',
        'cross-origin-resource-policy': 'cross-origin',
        'x-content-type-options': 'nosniff',
      })
      .type('image/png')
      .send(image),
  );
};
