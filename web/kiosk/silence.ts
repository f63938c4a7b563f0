import { effect, type ReadonlySignal, signal } from '@preact/signals'

/** A visitor who reads touches nothing for a while; then is asked, and then the screen is cleared. */
const patienceMs = 40_000
const askedSeconds = 10

export function createSilence({ vacant, onOver }: { vacant: ReadonlySignal<boolean>; onOver: () => void }) {
  /** Seconds until the screen is cleared, while that is said. */
  const left = signal<number | undefined>(undefined)
  let timer: ReturnType<typeof setTimeout> | undefined

  function count(seconds: number) {
    left.value = seconds
    timer = setTimeout(() => {
      if (seconds > 1) return count(seconds - 1)
      left.value = undefined
      onOver()
    }, 1_000)
  }
  function heard() {
    clearTimeout(timer)
    left.value = undefined
    if (!vacant.peek()) timer = setTimeout(() => count(askedSeconds), patienceMs)
  }
  for (const event of ['pointerdown', 'keydown']) document.addEventListener(event, heard, { capture: true, passive: true })
  effect(() => {
    // Read, so that it begins and ends with the visit.
    void vacant.value
    heard()
  })
  return { left, heard }
}
