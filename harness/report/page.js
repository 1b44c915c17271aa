// What pages begin with.
"use strict";
const report = JSON.parse(document.getElementById("report").textContent);
const $ = id => document.getElementById(id);
const make = (name, attributes = {}, ...children) => {
  const e = Object.assign(document.createElement(name), attributes);
  e.append(...children);
  return e;
};
