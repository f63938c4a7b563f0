import { effect, signal } from '@preact/signals'
import { keep, kept } from './kept.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const isTheme = (text: string | undefined): text is Theme => themes.includes(text as Theme)

const remembered = kept('theme')
export const theme = signal<Theme>(isTheme(remembered) ? remembered : 'system')

/** Puts the theme on the page, now and at each change. */
export function followTheme(): void {
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme.value
    keep('theme', theme.value === 'system' ? undefined : theme.value)
  })
}
