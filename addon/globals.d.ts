// What the build puts into the bundle in place of these names: nothing of the kind exists while the add-on runs.

/** The backend's address, https, ending in a slash: `https://book.example.com/`. */
declare const SIDEBOOK_URL: string;
/** The version in package.json. */
declare const SIDEBOOK_VERSION: string;
/** Whether this is the build that may make calendar-updated triggers. Constant: what stands behind it is left out. */
declare const SIDEBOOK_TRIGGERS: boolean;
