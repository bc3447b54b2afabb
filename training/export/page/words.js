"use strict";

/** What the page says, in the first of the reader's languages that it has. */
const WORDS = {
  en: {
    classes: (names) => `It knows ${names.join(", ")}.`,
    choose: "Choose pictures, drop them here, or paste one",
    loading: (done, all) => `The model is being read: part ${done} of ${all}.`,
    starting: "The model starts.",
    ready: "Ready. Your pictures stay on this device.",
    looking: (done, all) => `Picture ${done} of ${all}.`,
    none: "None of these",
    closest: "The closest are",
    unreadable: "This browser cannot read this file. JPEG, PNG, WebP and AVIF work.",
    too_large: "This picture is too large for this browser. A smaller copy of it works.",
    missing: (part) => `${part} is missing. Copy the whole folder again: the page needs all that was beside it.`,
    failed: (why) => `The model does not start in this browser: ${why}`,
  },
  zh: {
    classes: (names) => `它认识：${names.join("、")}。`,
    choose: "选择图片、拖放到这里，或直接粘贴",
    loading: (done, all) => `正在读取模型：第 ${done} 部分，共 ${all} 部分。`,
    starting: "正在启动模型。",
    ready: "已就绪。图片不会离开您的设备。",
    looking: (done, all) => `第 ${done} 张，共 ${all} 张。`,
    none: "都不是",
    closest: "最接近的是",
    unreadable: "此浏览器无法读取该文件。可以使用 JPEG、PNG、WebP 和 AVIF。",
    too_large: "这张图片对此浏览器来说太大，请换一张较小的副本。",
    missing: (part) => `缺少 ${part}。请重新复制整个文件夹：此页面需要其中的所有文件。`,
    failed: (why) => `模型无法在此浏览器中启动：${why}`,
  },
};
const LANGUAGE = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? "en";
const SAY = WORDS[LANGUAGE];
