// Runs in a page: what is wrong to look at, a sentence each. Its value is the list.
(() => {
  const found = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) found.push(`wider than the window: ${scrollWidth} > ${innerWidth}`);
  const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  /** Red, green, blue, opacity, 0 to 255, of whatever CSS calls a colour. */
  const paint = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data];
  };
  // Relative luminance and contrast ratio are WCAG 2.2's.
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const ground = paint(getComputedStyle(at).backgroundColor);
      if (ground[3] > 250) return ground;
    }
    return [255, 255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    const words = node.textContent.trim();
    if (!words || !element.checkVisibility({ visibilityProperty: true })) continue;
    // An event's colours are Google's, and its text ends where the event does.
    if (element.closest('script, style, option, :disabled, [aria-hidden="true"], .event')) continue;
    const [ink, ground] = [light(paint(getComputedStyle(element).color)), light(groundOf(element))];
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (ratio < 4.5) found.push(`hard to read (${ratio.toFixed(1)}): ${words}`);
    const box = element.closest('button, .button, label, .text, .main, small, h1, h2, h3, p') ?? element;
    const inline = getComputedStyle(box).display === 'inline';
    if (!inline && box.scrollWidth > box.clientWidth + 1) found.push(`cut off: ${words}`);
  }
  for (const one of document.querySelectorAll('button, a, input, select, textarea')) {
    const named =
      one.textContent.trim() || one.matches('[aria-label], [aria-labelledby]') || one.labels?.length;
    if (one.checkVisibility() && !named) found.push(`without a name: ${one.outerHTML.slice(0, 80)}`);
  }
  return found;
})();
