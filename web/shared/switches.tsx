import { Button } from './button.tsx'
import { SelectField } from './field.tsx'
import { language, say } from './language.ts'
import { type Theme, theme, themes } from './theme.ts'
import { words } from './words.ts'

/** Says the other language in that language, so that whoever needs it can read it. */
export function LanguageSwitch() {
  return (
    <span lang={language.value === 'fa' ? 'en' : 'fa'}>
      <Button look="plain" icon="language" onPress={() => (language.value = language.value === 'fa' ? 'en' : 'fa')}>
        {say(words.language)}
      </Button>
    </span>
  )
}

const names = { system: words.themeSystem, light: words.themeLight, dark: words.themeDark } satisfies Record<Theme, unknown>

export function ThemeSwitch() {
  return (
    <SelectField
      label={say(words.theme)}
      quiet
      value={theme.value}
      choices={themes.map((value) => ({ value, text: say(names[value]) }))}
      onChange={(value) => (theme.value = value)}
    />
  )
}
