"use strict";
(function () {
  var facts = JSON.parse(document.getElementById("facts").textContent);
  var time = document.getElementById("time"), shown = document.getElementById("step");
  var GREY = "#d5d8dd", STOPS = [[255, 245, 230], [244, 162, 97], [214, 52, 44]], DECADES = 4;

  function short(value) {
    if (value === null || value === undefined) { return "\u2013"; }
    var size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(+value.toPrecision(4));
  }

  // The latest record that is not after a step; null before the first.
  function at(records, step, key) {
    var found = null;
    records.forEach(function (record) { if (record[key] <= step) { found = record; } });
    return found;
  }

  function most(run) {
    var found = 0;
    run.nodes.forEach(function (record) {
      Object.keys(record.values).forEach(function (node) {
        found = Math.max(found, record.values[node].gradient || 0);
      });
    });
    return found;
  }

  // Of a gradient, on a logarithmic scale of some decades below the largest of all runs.
  function color(gradient, largest) {
    if (!gradient || !largest) { return GREY; }
    var part = 1 + Math.log10(gradient / largest) / DECADES;
    var place = 2 * Math.min(1, Math.max(0, part)), i = Math.min(1, Math.floor(place));
    return "rgb(" + STOPS[i].map(function (from, c) {
      return Math.round(from + (STOPS[i + 1][c] - from) * (place - i));
    }).join(",") + ")";
  }

  var SVG = "http://www.w3.org/2000/svg";

  // A fill that is grey from the top as far as rows are without a gradient, below of a color.
  function filled(panel, i, color, without) {
    if (!without || color === GREY) { return color; }
    var id = "fill-" + panel.getAttribute("data-run") + "-" + i;
    var fill = document.getElementById(id);
    if (!fill) {
      fill = document.createElementNS(SVG, "linearGradient");
      fill.id = id;
      [["x1", 0], ["x2", 0], ["y1", 0], ["y2", 1]].forEach(function (end) { fill.setAttribute(end[0], end[1]); });
      panel.querySelector(".figure svg").appendChild(fill);
    }
    fill.textContent = "";
    [GREY, color].forEach(function (tone) {
      var stop = document.createElementNS(SVG, "stop");
      stop.setAttribute("offset", without);
      stop.setAttribute("stop-color", tone);
      fill.appendChild(stop);
    });
    return "url(#" + id + ")";
  }

  var largest = Math.max.apply(null, [0].concat(facts.runs.map(most)));

  function paint(panel, run, record) {
    panel.querySelectorAll("[data-node]").forEach(function (node, i) {
      var shape = node.querySelector(".shape"), name = node.getAttribute("data-node");
      if (!shape) { return; }
      if (!shape.hasAttribute("data-fill")) { shape.setAttribute("data-fill", shape.getAttribute("fill")); }
      var told = record && record.values[run.copies[name]];
      var known = told && told.gradient !== undefined;
      shape.setAttribute("fill", known ? filled(panel, i, color(told.gradient, largest), told.vanishing || 0)
        : shape.getAttribute("data-fill"));
    });
  }

  function row(kind, cells) {
    var line = document.createElement("tr");
    cells.forEach(function (cell) {
      var entry = document.createElement(kind);
      entry.textContent = cell;
      line.appendChild(entry);
    });
    return line;
  }

  function value(run, name, step) {
    var point = at(run.schedules[name] || [], step, 0);
    return point ? short(point[1]) : "\u2013";
  }

  function list(table, run, record, step) {
    table.textContent = "";
    if (!record) { return; }
    table.appendChild(row("th", ["node", "gradient", "rows without", "categories used", "entropy", "scale"]));
    Object.keys(record.values).forEach(function (node) {
      var told = record.values[node], scale = run.scales[node];
      table.appendChild(row("td", [
        node,
        short(told.gradient),
        told.vanishing === undefined ? "\u2013" : Math.round(100 * told.vanishing) + " %",
        told.used === undefined ? "\u2013" : told.used + (told.categories ? " of " + told.categories : ""),
        short(told.entropy),
        typeof scale === "string" ? value(run, scale, step) : short(scale)
      ]));
    });
  }

  function show() {
    var step = facts.steps[+time.value];
    shown.textContent = step;
    document.querySelectorAll("section.run").forEach(function (panel) {
      var run = facts.runs[+panel.getAttribute("data-run")], record = at(run.nodes, step, "step");
      paint(panel, run, record);
      list(panel.querySelector(".nodes"), run, record, step);
      panel.querySelector(".schedules").textContent = run.order.map(function (name) {
        return name + " = " + value(run, name, step);
      }).join("   ");
      if (panel.querySelector(".most")) {
        panel.querySelector(".most").textContent = short(largest);
        panel.querySelector(".least").textContent = short(largest / Math.pow(10, DECADES));
      }
    });
    document.querySelectorAll(".chart").forEach(function (chart) {
      var left = +chart.dataset.left, right = +chart.dataset.right, last = +chart.dataset.last || 1;
      var x = left + (right - left) * Math.min(1, step / last), line = chart.querySelector(".now");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    });
  }

  time.addEventListener("input", show);
  show();
})();
