import styles from "./Sparkline.module.css";

/** A small line of numbers, oldest first; gaps where nothing is known. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 20,
}: {
  values: (number | null)[];
  label: string;
  width?: number;
  height?: number;
}) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span className="quiet">not known</span>;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (place: number): number => (values.length < 2 ? width / 2 : (place / (values.length - 1)) * (width - 4) + 2);
  const y = (value: number): number => (high === low ? height / 2 : height - 3 - ((value - low) / (high - low)) * (height - 6));
  let path = "";
  values.forEach((value, place) => {
    if (value !== null) path += `${place > 0 && values[place - 1] !== null ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  return (
    <svg className={styles.sparkline} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}
