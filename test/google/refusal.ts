// How the local Google says no: Google's error body, plus the line of google-facts.md that rules.

export interface RefusalBody {
  error: {
    code: number;
    message: string;
    status?: string;
    errors: {
      domain: string;
      reason: string;
      message: string;
      locationType?: string;
      location?: string;
    }[];
    details?: { '@type': string; reason: string; domain: string }[];
    /** Not Google's: the section of google-facts.md this refusal rests on. */
    facts: string;
  };
}

export interface RefusalParts {
  code: number;
  reason: string;
  message: string;
  /** The section of google-facts.md. */
  facts: string;
  domain?: string;
  location?: string;
  headers?: Record<string, string>;
}

/** Thrown by any act; the request pipeline turns it into Google's error body. */
export class Refusal extends Error {
  readonly parts: RefusalParts;

  constructor(parts: RefusalParts) {
    super(parts.message);
    this.parts = parts;
  }

  body(): RefusalBody {
    const { code, reason, message, facts, domain = 'global', location } = this.parts;
    const error: RefusalBody['error'] = {
      code,
      message,
      errors: [{ domain, reason, message }],
      facts,
    };
    if (location) Object.assign(error.errors[0]!, { locationType: 'parameter', location });
    if (code === 401) error.status = 'UNAUTHENTICATED';
    if (reason === 'insufficientPermissions') {
      error.status = 'PERMISSION_DENIED';
      error.details = [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
        },
      ];
    }
    return { error };
  }
}

export function invalid(message: string, facts: string, location?: string): Refusal {
  return new Refusal({
    code: 400,
    reason: 'invalid',
    message,
    facts,
    location,
  });
}

export function required(what: string, facts: string): Refusal {
  return new Refusal({
    code: 400,
    reason: 'required',
    message: `Missing ${what}.`,
    facts,
  });
}

export function notFound(): Refusal {
  return new Refusal({
    code: 404,
    reason: 'notFound',
    message: 'Not Found',
    facts: '1.13',
  });
}

export function duplicate(): Refusal {
  return new Refusal({
    code: 409,
    reason: 'duplicate',
    message: 'The requested identifier already exists.',
    facts: '1.1',
  });
}

export function deleted(): Refusal {
  return new Refusal({
    code: 410,
    reason: 'deleted',
    message: 'Resource has been deleted',
    facts: '1.2',
  });
}

export function forbidden(facts: string): Refusal {
  return new Refusal({
    code: 403,
    reason: 'forbidden',
    message: 'Forbidden',
    facts,
  });
}

export function notOrganizer(): Refusal {
  return new Refusal({
    code: 403,
    domain: 'calendar',
    reason: 'forbiddenForNonOrganizer',
    message: 'Shared properties can only be changed by the organizer of the event.',
    facts: '1.2',
  });
}

export function needsAccess(level: 'reader' | 'writer' | 'owner'): Refusal {
  return new Refusal({
    code: 403,
    domain: 'calendar',
    reason: 'requiredAccessLevel',
    message: `You need to have ${level} access to this calendar.`,
    facts: '1.11',
  });
}

export function preconditionFailed(): Refusal {
  return new Refusal({
    code: 412,
    reason: 'conditionNotMet',
    message: 'Precondition Failed',
    facts: '1.2',
    location: 'If-Match',
  });
}

export function fullSyncRequired(): Refusal {
  return new Refusal({
    code: 410,
    domain: 'calendar',
    reason: 'fullSyncRequired',
    message: 'Sync token is no longer valid, a full sync is required.',
    facts: '1.7',
    location: 'syncToken',
  });
}
