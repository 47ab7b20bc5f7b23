const net = window.fetch;
window.fetch = (url, ...rest) => !String(url).endsWith("search.json") ? net(url, ...rest) : new Promise((done, fail) => {
  const tag = document.createElement("script");
  Object.assign(tag, {src: String(url).replace(/json$/, "js"), onload: () => done(new Response(JSON.stringify(window.searchIndex))), onerror: fail});
  document.head.append(tag);
});
