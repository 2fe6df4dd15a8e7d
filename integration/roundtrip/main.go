// Compares the document library with Go's decoder: what it prints for a generated
// config.json has to decode to the same values as the config.json itself. Prints
// TAP. roundtrip-go FILTER [COUNT [SEED]]
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"reflect"
	"strconv"
)

type filter struct {
	in  io.WriteCloser
	out io.Reader
}

func startFilter(path string) (*filter, *exec.Cmd, error) {
	command := exec.Command(path)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return &filter{in, out}, command, command.Start()
}

// pass gives the printed document, or the refusal.
func (f *filter) pass(text []byte) (printed []byte, refusal string, err error) {
	frame := make([]byte, 4, 4+len(text))
	binary.LittleEndian.PutUint32(frame, uint32(len(text)))
	if _, err = f.in.Write(append(frame, text...)); err != nil {
		return
	}
	head := make([]byte, 4)
	if _, err = io.ReadFull(f.out, head); err != nil {
		return
	}
	reply := make([]byte, binary.LittleEndian.Uint32(head))
	if _, err = io.ReadFull(f.out, reply); err != nil {
		return
	}
	if reply[0] == '=' {
		return reply[1:], "", nil
	}
	return nil, string(reply[1:]), nil
}

// decode reads every value; numbers stay as spelled.
func decode(text []byte) (interface{}, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value interface{}
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("bytes after the value")
	}
	return value, nil
}

type counts struct {
	documents, decodedAsSpec, refused int
	failures                          map[string][]string
}

func (c *counts) fail(test string, format string, arguments ...interface{}) {
	if len(c.failures[test]) < 5 {
		c.failures[test] = append(c.failures[test], fmt.Sprintf(format, arguments...))
	}
}

func shorten(text []byte) string {
	if len(text) > 2000 {
		return string(text[:2000]) + "…"
	}
	return string(text)
}

func compare(c *counts, text, printed []byte) {
	before, err := decode(text)
	if err != nil {
		c.fail("values", "the generator made no JSON: %v: %s", err, shorten(text))
		return
	}
	after, err := decode(printed)
	if err != nil {
		c.fail("values", "what was printed does not decode: %v: %s", err, shorten(printed))
	} else if !reflect.DeepEqual(before, after) {
		c.fail("values", "%s\nwas printed as\n%s", shorten(text), shorten(printed))
	}
	var specBefore, specAfter Spec
	errBefore, errAfter := json.Unmarshal(text, &specBefore), json.Unmarshal(printed, &specAfter)
	if (errBefore == nil) != (errAfter == nil) {
		c.fail("spec", "%v before, %v after: %s", errBefore, errAfter, shorten(text))
	} else if !reflect.DeepEqual(specBefore, specAfter) {
		c.fail("spec", "%s\nwas printed as\n%s", shorten(text), shorten(printed))
	}
	if errBefore == nil {
		c.decodedAsSpec++
	}
}

func run(f *filter, count int, seed int64) (*counts, error) {
	c := &counts{failures: map[string][]string{}}
	random := rand.New(rand.NewSource(seed))
	for i := 0; i < count; i++ {
		text := generate(random, false)
		printed, refusal, err := f.pass(text)
		if err != nil {
			return nil, err
		}
		if refusal != "" {
			c.fail("values", "refused: %s: %s", refusal, shorten(text))
			continue
		}
		c.documents++
		compare(c, text, printed)
		again, refusal, err := f.pass(printed)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(again, printed) {
			c.fail("stable", "%s%s\nafter\n%s", refusal, shorten(again), shorten(printed))
		}
	}
	for i := 0; i < count/10; i++ {
		text := generate(random, true)
		printed, _, err := f.pass(text)
		if err != nil {
			return nil, err
		}
		if printed != nil {
			c.fail("look-alikes", "accepted: %s", shorten(text))
		} else {
			c.refused++
		}
	}
	return c, nil
}

func report(c *counts, count int) bool {
	if c.documents != count {
		c.fail("values", "only %d of %d documents came through", c.documents, count)
	}
	// or the comparison by struct would say little
	if c.decodedAsSpec < count/4 {
		c.fail("spec", "only %d of %d documents decode as a specification", c.decodedAsSpec, count)
	}
	tests := []struct{ key, name string }{
		{"values", fmt.Sprintf("%d generated documents have equal values, numbers as spelled", count)},
		{"spec", fmt.Sprintf("a Go runtime reads the same specification (%d of them decode)", c.decodedAsSpec)},
		{"stable", "printing what was printed changes nothing"},
		{"look-alikes", fmt.Sprintf("%d documents with a look-alike of a field are refused", c.refused)},
	}
	fmt.Printf("1..%d\n", len(tests))
	good := true
	for i, test := range tests {
		if failures := c.failures[test.key]; failures != nil {
			good = false
			fmt.Printf("not ok %d - %s\n", i+1, test.name)
			for _, failure := range failures {
				fmt.Printf("# %s\n", bytes.ReplaceAll([]byte(failure), []byte("\n"), []byte("\n# ")))
			}
		} else {
			fmt.Printf("ok %d - %s\n", i+1, test.name)
		}
	}
	return good
}

func argument(at int, otherwise int64) int64 {
	if len(os.Args) <= at {
		return otherwise
	}
	value, err := strconv.ParseInt(os.Args[at], 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return value
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: roundtrip-go FILTER [COUNT [SEED]]")
		os.Exit(2)
	}
	count, seed := int(argument(2, 10000)), argument(3, 20240131)
	f, command, err := startFilter(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	c, err := run(f, count, seed)
	f.in.Close()
	if ended := command.Wait(); err == nil {
		err = ended
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the filter:", err)
		os.Exit(1)
	}
	if !report(c, count) {
		os.Exit(1)
	}
}
