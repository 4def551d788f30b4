// Runs before the first paint, so that a dark page never flashes white. `shell/theme.ts` keeps the same key and attribute.
(function () {
  let stored = null;
  try {
    stored = localStorage.getItem('auditorium.theme');
  } catch {
    // Storage may be forbidden; the system's preference is used then.
  }
  const dark =
    stored === 'dark' || (stored !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
