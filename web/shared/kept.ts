/** What this browser remembers of a page: choices of how it looks, nothing of people. A browser that refuses forgets. */
export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(`vafa.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function keep(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`vafa.${name}`)
    else localStorage.setItem(`vafa.${name}`, value)
  } catch {
    // A private window: the choice lasts as long as the page.
  }
}
