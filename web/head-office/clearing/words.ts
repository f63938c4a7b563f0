import type { Words } from '../../shared/language.ts'

export const words = {
  line: {
    fa: 'اعتباری که یک فروشگاه داده و دیگری گرفته است، پس از تهاتر',
    en: 'Credit that one store granted and another took, pairs set off',
  },
  title: { fa: 'بدهکار و بستانکار', en: 'Who owes whom' },
} as const satisfies Words
