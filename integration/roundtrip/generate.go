package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"reflect"
	"sort"
	"strings"
	"unicode/utf8"
)

// generator writes JSON text itself, since the odd spellings are the point:
// numbers that no encoder writes, escapes, white space, nulls, unknown fields.
type generator struct {
	random *rand.Rand
	out    bytes.Buffer
	odd    int // of 1000 values of a known field, how many are of another type or null
	// Where a look-alike is wanted: how many fields to pass before one is misspelled.
	lookAlikeIn int
	lookAlike   bool
}

var oddNumbers = []string{
	"0", "-0", "1", "-1", "1.0", "-0.0", "0.1", "1e5", "1E5", "1e+5", "1e-5", "1.50e300", "1e400", "-1e-400", "0e0",
	"9007199254740993", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	"340282366920938463463374607431768211456", "3.14159265358979323846264338327950288",
}

var oddStrings = []string{
	"", " ", "\"", "\\", "/", "\x00", "\x1f", "\x7f", "\u0080", "ä", "ſ", "K", "\u2028", "\u202e", "\ufeff", "\ufffd",
	"\ufdd1", "\uffff", "𝄞", "\U0010ffff", "1", "1.5", "null", "true", "\\u0041", "\\ufdd0", "{\"a\":1}", "a\nb\tc",
	"net.ipv4.ip_forward", "io.kubernetes.cri.sandbox-id", "PATH=/usr/bin:/bin", "CAP_SYS_ADMIN", "../../etc",
}

func (g *generator) space() {
	if g.random.Intn(6) == 0 {
		g.out.WriteString(strings.Repeat(string(" \t\n\r"[g.random.Intn(4)]), 1+g.random.Intn(3)))
	}
}

func (g *generator) number(integer bool, bits int, signed bool) {
	if g.random.Intn(1000) < g.odd {
		g.out.WriteString(oddNumbers[g.random.Intn(len(oddNumbers))])
		return
	}
	value := g.random.Uint64() >> uint(64-bits+g.random.Intn(bits))
	switch {
	case !integer:
		fmt.Fprintf(&g.out, "%d.%d", value, g.random.Intn(1000))
	case signed && g.random.Intn(3) == 0:
		fmt.Fprintf(&g.out, "-%d", value>>1)
	case signed:
		fmt.Fprintf(&g.out, "%d", value>>1)
	default:
		fmt.Fprintf(&g.out, "%d", value)
	}
}

func (g *generator) text() string {
	if g.random.Intn(3) == 0 {
		return oddStrings[g.random.Intn(len(oddStrings))]
	}
	var made strings.Builder
	for n := g.random.Intn(12); n > 0; n-- {
		switch g.random.Intn(8) {
		case 0:
			made.WriteString(oddStrings[g.random.Intn(len(oddStrings))])
		case 1:
			if r := rune(g.random.Intn(0x110000)); utf8.ValidRune(r) && r != 0xfdd0 {
				made.WriteRune(r)
			}
		default:
			made.WriteByte("abcdefghijklmnopqrstuvwxyz/_-.=0123456789"[g.random.Intn(41)])
		}
	}
	return made.String()
}

func (g *generator) character(r rune) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	escaped, isShort := short[r]
	switch {
	case isShort && g.random.Intn(4) > 0:
		g.out.WriteString(escaped)
	case r < 0x20 || isShort || g.random.Intn(10) == 0:
		if r > 0xffff {
			fmt.Fprintf(&g.out, `\u%04x\u%04X`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		} else {
			fmt.Fprintf(&g.out, `\u%04x`, r)
		}
	case r == '/' && g.random.Intn(4) == 0:
		g.out.WriteString(`\/`)
	default:
		g.out.WriteRune(r)
	}
}

func (g *generator) quoted(text string) {
	g.out.WriteByte('"')
	for _, r := range text {
		g.character(r)
	}
	g.out.WriteByte('"')
}

// any writes an arbitrary value of at most so many levels.
func (g *generator) any(levels int) {
	switch kind := g.random.Intn(9); {
	case kind == 0:
		g.out.WriteString([]string{"null", "true", "false"}[g.random.Intn(3)])
	case kind <= 2:
		g.number(g.random.Intn(3) > 0, 64, true)
	case kind <= 4 || levels == 0:
		g.quoted(g.text())
	case kind == 5:
		for n := 1 + g.random.Intn(levels); n > 0; n-- { // deep and thin
			g.out.WriteByte('[')
			defer g.out.WriteByte(']')
		}
	case kind == 6:
		g.list(g.random.Intn(5), func() { g.any(levels - 1) })
	default:
		g.object(g.unknownKeys(g.random.Intn(5)), func(string) { g.any(levels - 1) })
	}
}

func (g *generator) list(count int, value func()) {
	g.out.WriteByte('[')
	for i := 0; i < count; i++ {
		if i > 0 {
			g.out.WriteByte(',')
		}
		g.space()
		value()
		g.space()
	}
	g.out.WriteByte(']')
}

func (g *generator) object(keys []string, value func(key string)) {
	g.out.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			g.out.WriteByte(',')
		}
		g.space()
		g.quoted(key)
		g.space()
		g.out.WriteByte(':')
		g.space()
		value(key)
		g.space()
	}
	g.out.WriteByte('}')
}

// unknownKeys are neither fields nor, without regard to case, equal; NUL in a key
// is what the library refuses.
func (g *generator) unknownKeys(count int) []string {
	keys := map[string]bool{}
	for len(keys) < count {
		keys["x-"+strings.ReplaceAll(strings.ToLower(g.text()), "\x00", "")+fmt.Sprint(len(keys))] = true
	}
	return sorted(keys)
}

func sorted(keys map[string]bool) []string {
	list := []string{}
	for key := range keys {
		list = append(list, key)
	}
	sort.Strings(list)
	return list
}

// misspell gives a key that Go's decoder takes for `field`.
func (g *generator) misspell(field string) string {
	at := g.random.Intn(len(field))
	letter := field[at : at+1]
	other := strings.ToUpper(letter)
	if other == letter {
		other = strings.ToLower(letter)
	}
	if letter == "s" && g.random.Intn(2) == 0 {
		other = "ſ"
	} else if letter == "k" && g.random.Intn(2) == 0 {
		other = "K"
	}
	return field[:at] + other + field[at+1:]
}

// fields writes some of the fields of a struct, and now and then an unknown one.
func (g *generator) fields(of reflect.Type) {
	byName := map[string]reflect.Type{}
	keys := []string{}
	for i := 0; i < of.NumField(); i++ {
		name := strings.Split(of.Field(i).Tag.Get("json"), ",")[0]
		if g.random.Intn(4) > 0 {
			byName[name] = of.Field(i).Type
			keys = append(keys, name)
		}
	}
	if g.random.Intn(5) == 0 {
		keys = append(keys, g.unknownKeys(1+g.random.Intn(2))...)
	}
	g.random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for i, key := range keys {
		field, known := byName[key]
		if known && g.lookAlikeIn > 0 {
			if g.lookAlikeIn--; g.lookAlikeIn == 0 {
				keys[i] = g.misspell(key)
				byName[keys[i]] = field
				g.lookAlike = true
			}
		}
	}
	g.object(keys, func(key string) {
		if field, known := byName[key]; known {
			g.value(field)
		} else {
			g.any(6)
		}
	})
}

// value writes a value of the type, or, rarely, anything.
func (g *generator) value(of reflect.Type) {
	if g.random.Intn(1000) < g.odd {
		g.any(4)
		return
	}
	switch of.Kind() {
	case reflect.Ptr:
		g.value(of.Elem())
	case reflect.Struct:
		g.fields(of)
	case reflect.Slice:
		g.list(g.random.Intn(4), func() { g.value(of.Elem()) })
	case reflect.Map:
		keys := map[string]bool{}
		for n := g.random.Intn(4); n > 0; n-- {
			keys[strings.ReplaceAll(g.text(), "\x00", "")] = true
		}
		g.object(sorted(keys), func(string) { g.value(of.Elem()) })
	case reflect.String:
		g.quoted(g.text())
	case reflect.Bool:
		g.out.WriteString([]string{"false", "true"}[g.random.Intn(2)])
	case reflect.Int, reflect.Int64:
		g.number(true, 64, true)
	default:
		g.number(true, of.Bits(), false)
	}
}

// generate makes a config.json that the library has to carry, or, with lookAlike,
// one with a key that only resembles a field.
func generate(random *rand.Rand, lookAlike bool) []byte {
	for {
		g := &generator{random: random}
		if random.Intn(2) == 0 {
			g.odd = 30
		}
		if lookAlike {
			g.lookAlikeIn = 1 + random.Intn(12)
		}
		g.space()
		g.fields(reflect.TypeOf(Spec{}))
		g.space()
		if g.lookAlike == lookAlike {
			return g.out.Bytes()
		}
	}
}
