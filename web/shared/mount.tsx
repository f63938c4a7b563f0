import { type ComponentChild, render } from 'preact'
import { followLanguage } from './language.ts'
import { followTheme } from './theme.ts'
import './base.css'

/** Puts a page into its `<div id="page">`, in the language and theme that this browser chose. */
export function mount(page: ComponentChild): void {
  followLanguage()
  followTheme()
  const place = document.getElementById('page')
  if (!place) throw new Error('the page has no element #page')
  render(page, place)
}
