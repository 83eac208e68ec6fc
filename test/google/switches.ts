// What google-facts.md calls UNCONFIRMED, and a few choices of delivery: each a named switch with a default.

export interface Switches {
  /** 1.1: may `update` bring back an event that a person deleted in the Calendar UI? Reports conflict. */
  undeleteAfterPerson: boolean;
  /** 1.1: is the id of an event free again once Google has purged its tombstone? No statement found. */
  purgedIdReusable: boolean;
  /** 1.2: an identical patch leaves the etag (seen live, not promised). Off: it mints a new one. */
  identicalPatchKeepsEtag: boolean;
  /** 1.3: the Busy/Free of a guest's copy starts as the organizer's; off: starts as Busy. */
  guestCopyTakesTransparency: boolean;
  /** 1.5: does freeBusy count events the calendar's person has declined? */
  declinedIsBusy: boolean;
  /** 1.6: several privateExtendedProperty constraints: all must match (the reference) or any (the guide). */
  extendedPropertyMatch: 'all' | 'any';
  /** 1.7: lists begin with an empty page that only carries a nextPageToken, as the types allow. */
  emptyPages: boolean;
  /** 1.7: how far back updatedMin may reach, in days, before 410 updatedMinTooLongAgo. */
  updatedMinDays: number;
  /** 1.8: the longest life of a channel in seconds; more than seven days is unconfirmed. */
  channelSeconds: number;
  /** 1.8: hosts that may receive notices; empty = no domain verification (the current guide). */
  verifiedHosts: string[];
  /** 1.8: the `sync` notice is delivered before the watch call is answered. */
  syncNoticeFirst: boolean;
  /** 1.9: the longest range freeBusy answers, in days; 30 is what is known to be safe. */
  freeBusyDays: number;
  /** 1.12: the status of a refusal for rate; Google uses both. */
  rateStatus: 403 | 429;
  /** 1.15: skip the consent page when `login_hint` names a person, granting all that is asked (tests only). */
  consentAtOnce: boolean;
}

export const DEFAULT_SWITCHES: Switches = {
  undeleteAfterPerson: false,
  purgedIdReusable: false,
  identicalPatchKeepsEtag: true,
  guestCopyTakesTransparency: true,
  declinedIsBusy: false,
  extendedPropertyMatch: 'all',
  emptyPages: false,
  updatedMinDays: 28,
  channelSeconds: 604_800,
  verifiedHosts: [],
  syncNoticeFirst: false,
  freeBusyDays: 30,
  rateStatus: 403,
  consentAtOnce: false,
};
