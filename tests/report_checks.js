// What a browser is asked about the report; each answer is a list of what is amiss.
const scrolls = (e) => e && (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)
  || scrolls(e.parentElement));
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const ground = (e) => {
  if (!e) return [255, 255, 255];
  const colour = numbers(getComputedStyle(e).backgroundColor);
  return colour.length > 3 && colour[3] === 0 ? ground(e.parentElement) : colour;
};
const words = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());

const checks = {
  // Elements that stick out of the page to the right, but for those in a box that scrolls.
  overflow: () => [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement))
    .map((e) => `${e.tagName}.${e.className}`),

  // Texts whose contrast with what they stand on is below 4.5.
  contrast: () => [...new Set([...document.querySelectorAll("body *")]
    .filter((e) => !e.closest("svg, script") && words(e))
    .map((e) => [getComputedStyle(e).color, ground(e), `${e.tagName}.${e.className}`])
    .filter(([ink, paper]) => {
      const [darker, lighter] = [luminance(numbers(ink)), luminance(paper)].sort((x, y) => x - y);
      return (lighter + 0.05) / (darker + 0.05) < 4.5;
    })
    .map((found) => found.join(" ")))],

  // Formulas that are higher than their box.
  cut: () => [...document.querySelectorAll(".formula")].filter((e) => e.scrollHeight > e.clientHeight + 1)
    .map((e) => e.textContent),

  // Formulas without a box.
  flat: () => [...document.querySelectorAll("math")].filter((e) => {
    const box = e.getBoundingClientRect();
    return !(box.width > 2 && box.height > 1);
  }).map((e) => e.textContent),

  // Figures that are not seen: too small, or with a drawing that does not fill them.
  unseen: () => [...document.querySelectorAll("svg[role=img]")].filter((e) => {
    const box = e.getBoundingClientRect();
    const drawn = e.querySelector("use, g").getBoundingClientRect();
    return !(box.width > 250 && box.height > 80 && drawn.width > 0.8 * box.width && drawn.height > 0.8 * box.height);
  }).map((e) => e.getAttribute("aria-label")),

  // What was loaded besides the page itself.
  loaded: () => performance.getEntriesByType("resource").map((e) => e.name).filter((name) => !name.startsWith("data:")),
};
