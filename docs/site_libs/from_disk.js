const net = window.fetch, parts = 2;
const load = src => new Promise((done, fail) => {
  const tag = document.createElement("script");
  Object.assign(tag, {src, onload: done, onerror: fail});
  document.head.append(tag);
});
window.fetch = (url, ...rest) => {
  if (!String(url).endsWith("search.json")) return net(url, ...rest);
  window.searchIndex = [];
  const names = [...Array(parts).keys()].map(i => String(url).replace(/json$/, `${i + 1}.js`));
  return Promise.all(names.map(load)).then(() => new Response(JSON.stringify(window.searchIndex)));
};
