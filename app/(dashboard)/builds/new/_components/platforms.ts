import type { SelectOption } from '#app/_components/select.tsx';

/** The platforms for which public images are commonly made, most common first. */
const common: readonly SelectOption[] = [
  { value: 'linux/amd64', label: 'linux/amd64', detail: 'Intel and AMD, 64 bits' },
  { value: 'linux/arm64', label: 'linux/arm64', detail: 'ARM, 64 bits: Graviton, Apple, Ampere' },
  { value: 'linux/arm/v7', label: 'linux/arm/v7', detail: 'ARM, 32 bits' },
  { value: 'linux/386', label: 'linux/386', detail: 'Intel and AMD, 32 bits' },
  { value: 'linux/ppc64le', label: 'linux/ppc64le', detail: 'IBM Power' },
  { value: 'linux/s390x', label: 'linux/s390x', detail: 'IBM Z' },
  { value: 'linux/riscv64', label: 'linux/riscv64', detail: 'RISC-V, 64 bits' },
];

export const defaultPlatform = 'linux/amd64';

/** The common ones, and those that were asked for and are none of them. */
export function platformOptions(...asked: readonly string[]): readonly SelectOption[] {
  const others = new Set(asked.filter((each) => common.every(({ value }) => value !== each)));
  return [...common, ...[...others].map((value) => ({ value, label: value }))];
}
