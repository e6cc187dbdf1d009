'use strict';
// A click into the timeline moves the film and the chosen moment; the playhead follows the film.
document.addEventListener('click', event => {
  const drawing = event.target.closest && event.target.closest('#timeline svg');
  if (!drawing) return;
  const box = drawing.getBoundingClientRect();
  const start = Number(drawing.dataset.start), end = Number(drawing.dataset.end);
  const time = start + (event.clientX - box.left) / box.width * (end - start);
  const video = document.querySelector('#film video');
  if (video) video.currentTime = time;
  const field = document.querySelector('#moment input[type=number]');
  if (field) {
    field.value = time.toFixed(2);
    field.dispatchEvent(new Event('input', {bubbles: true}));
    field.dispatchEvent(new Event('change', {bubbles: true}));
    field.dispatchEvent(new Event('blur', {bubbles: true}));
  }
});
for (const name of ['timeupdate', 'seeked', 'loadedmetadata']) {
  // Events of players do not bubble, but they can be caught on their way down.
  document.addEventListener(name, event => {
    const playhead = document.querySelector('#timeline .playhead');
    if (!playhead || !event.target.closest || !event.target.closest('#film')) return;
    const {start, end} = playhead.ownerSVGElement.dataset;
    const share = (event.target.currentTime - start) / Math.max(end - start, 1e-3);
    playhead.setAttribute('x', (100 * Math.min(Math.max(share, 0), 1)) + '%');
  }, true);
}
