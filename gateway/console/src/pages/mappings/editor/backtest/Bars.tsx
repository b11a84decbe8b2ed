import { counted } from "../../../../parts/words.ts";
import classes from "./Backtest.module.css";

type Props = {
  label: string;
  bars: readonly { name: string; count: number; beside?: string }[];
  tone: "red" | "green";
};

/** Counts beside each other, each as long as it is large. */
export function Bars({ label, bars, tone }: Props) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <table className={classes.bars} aria-label={label}>
      <tbody>
        {bars.map(({ name, count, beside }) => (
          <tr key={`${name} ${beside}`}>
            <th scope="row">{name}</th>
            <td className={classes.length}>
              <div data-tone={tone} style={{ width: `${(100 * count) / most}%` }} />
            </td>
            <td className={classes.count}>{counted(count)}</td>
            <td className={classes.beside}>{beside}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
