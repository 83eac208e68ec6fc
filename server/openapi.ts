// What the API's description says of each operation besides its schemas: who may ask it, and what makes it safe to repeat.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { scopesFor } from './auth/authenticate.ts';

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>;

/** As the schemas have it, with the route's own doors. */
export const describeRoute: Transform = (document) => {
  const { schema, url } = jsonSchemaTransform(document as Parameters<typeof jsonSchemaTransform>[0]);
  const { config, method } = document.route;
  if (!config?.scope || schema.hide) return { schema, url };
  const scopes = config.scope === 'none' ? [] : scopesFor(config.scope, String(method));
  const needs = scopes.length > 0 ? `Needs an API key with the scope ${scopes.join(' or ')}.` : '';
  return {
    schema: {
      ...schema,
      description: [schema.description, needs].filter(Boolean).join(' '),
      // A key needs one of them: in OpenAPI 3.1 a scheme that is not OAuth may name roles.
      security: scopes.map((scope) => ({ key: [scope] })),
      ...(config.once ? { headers: idempotency } : {}),
    },
    url,
  };
};

const idempotency = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,200}$',
      description:
        'Your own name for this request: repeated with it within a day, it is done once and answered the same.',
    },
  },
};
