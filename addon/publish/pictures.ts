// The pictures that the Marketplace and Google's side panel show: how large each has to be, and what it is drawn from.

export interface Picture {
  file: string;
  /** In pixels. */
  width: number;
  height: number;
  /** Drawn from `images/mark.svg` or `images/banner.svg`. */
  drawing: 'mark' | 'banner';
}

const icon = (size: number): Picture => ({
  file: `icon-${size}.png`,
  width: size,
  height: size,
  drawing: 'mark',
});

/** 32 and 128 are the Marketplace's; 48 and 96 are asked for where an app has a web page of its own. */
export const pictures: Picture[] = [
  ...[32, 48, 96, 128].map(icon),
  { file: 'banner.png', width: 220, height: 140, drawing: 'banner' },
];

/** Of each screenshot; one at least is wanted. */
export const screenshotSize = { width: 1280, height: 800 };

export const imageFolder = new URL('images/', import.meta.url);
export const screenshotFolder = new URL('screenshots/', import.meta.url);
/** What the manifest's `logoUrl` leads to. */
export const logo = new URL('icon-128.png', imageFolder);

/** Width and height as the file itself says (PNG, third edition, sections 5.2 and 11.2.1). @throws Error, if it is no PNG */
export function sizeOf(png: Uint8Array): { width: number; height: number } {
  const bytes = Buffer.from(png);
  if (bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n' || bytes.toString('latin1', 12, 16) !== 'IHDR')
    throw new Error('It is no PNG.');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
