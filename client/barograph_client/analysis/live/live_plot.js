// Draws the picture that the kernel keeps up to date: for each sensor a band from least to greatest. It loads nothing.

const COLOURS = ["#2f7ed8", "#d9822b", "#3a9d5d", "#c0504d", "#8064a2", "#5f9ea0"];
const HEIGHT = 240;
const LEFT = 64;
const BOTTOM = 22;
const TOP = 8;

function rangeOf(series) {
  let least = Infinity;
  let greatest = -Infinity;
  for (const each of series) {
    for (const value of each.min) if (value !== null && value < least) least = value;
    for (const value of each.max) if (value !== null && value > greatest) greatest = value;
  }
  if (least > greatest) return [0, 1];
  const room = (greatest - least) * 0.05 || Math.abs(greatest) * 0.05 || 1;
  return [least - room, greatest + room];
}

function drawBand(context, each, x, y) {
  context.beginPath();
  let isOpen = false;
  each.t_us.forEach((t_us, index) => {
    if (each.min[index] === null) {
      isOpen = false;
      return;
    }
    const at = x(t_us);
    if (isOpen) context.lineTo(at, y(each.max[index]));
    else context.moveTo(at, y(each.max[index]));
    context.lineTo(at, y(each.min[index]));
    isOpen = true;
  });
  context.stroke();
}

function draw(canvas, picture) {
  const width = canvas.clientWidth || 600;
  const scale = globalThis.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const [least, greatest] = rangeOf(picture.series);
  const right = width - 8;
  const x = (t_us) => LEFT + ((t_us - picture.from_us) / (picture.to_us - picture.from_us)) * (right - LEFT);
  const y = (value) => TOP + ((greatest - value) / (greatest - least)) * (HEIGHT - BOTTOM - TOP);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = getComputedStyle(canvas).color;
  for (const part of [0, 0.5, 1]) {
    const value = least + (greatest - least) * part;
    context.globalAlpha = 0.2;
    context.fillRect(LEFT, y(value), right - LEFT, 1);
    context.globalAlpha = 0.8;
    context.textAlign = "right";
    context.fillText(Number(value.toPrecision(4)).toString(), LEFT - 6, y(value) + 4);
    const t_us = picture.from_us + (picture.to_us - picture.from_us) * part;
    context.textAlign = ["left", "center", "right"][part * 2];
    context.fillText(new Date(t_us / 1000).toISOString().slice(11, 19), x(t_us), HEIGHT - 6);
  }
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  picture.series.forEach((each, index) => {
    context.strokeStyle = COLOURS[index % COLOURS.length];
    drawBand(context, each, x, y);
  });
}

function legend(element, picture) {
  element.replaceChildren(
    ...picture.series.map((each, index) => {
      const item = document.createElement("span");
      const last = each.last === null ? "–" : Number(each.last.toPrecision(6)).toString();
      item.textContent = `▬ ${each.key} ${last} ${each.unit}`;
      item.style.color = COLOURS[index % COLOURS.length];
      item.style.marginRight = "1em";
      return item;
    }),
    document.createTextNode(picture.note),
  );
}

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `width:100%;height:${HEIGHT}px;display:block`;
  canvas.setAttribute("role", "img");
  const words = document.createElement("div");
  words.style.cssText = "font:13px system-ui, sans-serif";
  el.replaceChildren(canvas, words);
  const show = () => {
    const picture = model.get("picture");
    draw(canvas, picture);
    legend(words, picture);
    canvas.setAttribute("aria-label", `Live plot of ${picture.series.map((each) => each.key).join(", ")}`);
  };
  model.on("change:picture", show);
  const observer = new ResizeObserver(show);
  observer.observe(canvas);
  show();
  return () => {
    observer.disconnect();
    model.off("change:picture", show);
  };
}

export default { render };
