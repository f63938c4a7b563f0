import { mount } from '../shared/mount.tsx'
import { LanguageSwitch, ThemeSwitch } from '../shared/switches.tsx'

mount(
  <main>
    <LanguageSwitch />
    <ThemeSwitch />
  </main>,
)
