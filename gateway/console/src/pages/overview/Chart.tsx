import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import { useEffect, useRef } from "react";

import { several } from "../../parts/words.ts";
import { type Counts, total } from "./counts.ts";
import { type Days, slotName } from "./days.ts";
import { toDeliveries } from "./leads.ts";
import { SERIES } from "./series.ts";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const ANIMATED_MS = 250;

type Props = { days: Days; counts: readonly Counts[] };

/** Texts over time, stacked by what became of them. A click on a bar leads to its deliveries. */
export default function TextsChart({ days, counts }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const scheme = useComputedColorScheme();
  const still = useReducedMotion();
  const navigate = useNavigate();
  const shown = useRef(counts);
  shown.current = counts;

  // biome-ignore lint/correctness/useExhaustiveDependencies: its colours are read anew in each scheme
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const [line, quiet] = [colorOf(element, "--line"), colorOf(element, "--quiet")];
    const made = new Chart(element, {
      type: "bar",
      data: {
        labels: days.slots.map((slot) => slotName(slot, days.step)),
        datasets: SERIES.map(({ key, name }) => ({
          label: name,
          data: shown.current.map((one) => one[key]),
          backgroundColor: colorOf(element, `--chart-${key}`),
          maxBarThickness: 42,
          borderRadius: 2,
        })),
      },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: ANIMATED_MS },
        // The whole height above a bar is the bar: a small one can be hit too.
        interaction: { mode: "index", intersect: false },
        onClick: (_, [hit]) => {
          const slot = hit && days.slots[hit.index];
          if (slot) void navigate(toDeliveries(slot));
        },
        onHover: (_, hit) => {
          element.style.cursor = hit.length > 0 ? "pointer" : "";
        },
        plugins: { tooltip: { animation: false } },
        scales: {
          x: {
            stacked: true,
            grid: { display: false },
            border: { color: line },
            ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 16 },
          },
          y: {
            stacked: true,
            beginAtZero: true,
            suggestedMax: 4,
            grid: { color: line },
            border: { display: false },
            ticks: { color: quiet, precision: 0, maxTicksLimit: 6 },
          },
        },
      },
    });
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [days, scheme, still, navigate]);

  // What is counted anew changes the bars where they stand.
  useEffect(() => {
    const made = chart.current;
    if (made === null) return;
    for (const [index, { key }] of SERIES.entries()) {
      const dataset = made.data.datasets[index];
      if (dataset) dataset.data = counts.map((one) => one[key]);
    }
    made.update("none");
  }, [counts]);

  return <canvas ref={canvas} role="img" aria-label={inWords(days, counts)} />;
}

/** A custom property as the browser makes it out where that element is, which a canvas can't. */
function colorOf(element: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.parentElement?.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function inWords({ step }: Days, counts: readonly Counts[]): string {
  const { sent, delivered, failed, suppressed } = total(counts);
  return `Texts by ${step}: ${several(sent, "text")} sent, ${delivered} delivered, ${failed} failed, ${suppressed} suppressed. The table has each ${step}.`;
}
