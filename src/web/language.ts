/**
 * Must be imported before uPlot, which makes an Intl formatter of `navigator.language` while it loads: browsers
 * started under a POSIX locale report tags such as "en-US@posix", which Intl refuses, and the page would stay empty.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
