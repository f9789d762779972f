import styles from './ticks.module.css';

/** A share of a fixed whole as ten draught marks. Decoration beside the words that say the same. */
export function Ticks(props: { readonly share: number }) {
  const marks = Math.round(Math.min(1, Math.max(0, props.share)) * 10);
  return (
    <span aria-hidden className={styles.ticks}>
      <span style={{ width: `${Math.max(0, marks * 4 - 2)}px` }} />
    </span>
  );
}
