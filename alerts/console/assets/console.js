// Keeps lists fresh: fetches the same page every five seconds and swaps the parts marked data-live.
const live = () => document.querySelectorAll('[data-live]')
// What somebody is reading out of, or stands in with the keyboard, is left alone.
const inUse = (part) => {
  const selection = getSelection()
  return (
    part.contains(document.activeElement) ||
    (selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode))
  )
}
async function refresh() {
  if (document.hidden || live().length === 0) return
  const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'error' }).catch(
    () => undefined,
  )
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of live()) {
    const next = page.querySelector(`[data-live="${part.dataset.live}"]`)
    if (next && next.innerHTML !== part.innerHTML && !inUse(part)) part.innerHTML = next.innerHTML
  }
}
setInterval(refresh, 5000)
