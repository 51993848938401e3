/* SPDX-License-Identifier: Apache-2.0 */
/* What the words of the mailbox to the host mean: messages, text. */
#include "spikemesh.h"

void sm_mail_message(uint32_t kind, const uint32_t* words, uint32_t count) {
  sm_mail_put(kind << 16 | count);
  for (uint32_t i = 0; i < count; ++i) sm_mail_put(words[i]);
}

void sm_log(const char* text) {
  uint32_t length = 0;
  while (text[length] != '\0') ++length;
  sm_mail_put((uint32_t)SM_MAIL_LOG << 16 | (length + 3) / 4);
  for (uint32_t i = 0; i < length; i += 4) {
    uint32_t word = 0;
    for (uint32_t j = 0; j < 4 && i + j < length; ++j) word |= (uint32_t)(uint8_t)text[i + j] << 8 * j;
    sm_mail_put(word);
  }
}

void sm_log_number(const char* text, int32_t number) {
  char digits[13];
  uint32_t at = sizeof digits, left = number < 0 ? 0u - (uint32_t)number : (uint32_t)number;
  digits[--at] = '\0';
  digits[--at] = '\n';
  do {
    digits[--at] = (char)('0' + left % 10);
    left /= 10;
  } while (left != 0);
  if (number < 0) digits[--at] = '-';
  sm_log(text);
  sm_log(digits + at);
}
