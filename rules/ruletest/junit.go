package ruletest

import (
	"encoding/xml"
	"io"
	"strings"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	File    string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Seconds float64       `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit XML, which CI systems show.
func (r *Report) JUnit(w io.Writer, name string) error {
	suite := junitSuite{Name: name, Tests: len(r.Results), Failures: r.Failed()}
	for _, res := range r.Results {
		c := junitCase{File: res.Case.Where.Pos.File, Name: res.Case.Name, Seconds: res.Took.Seconds()}
		if len(res.Problems) > 0 {
			lines := make([]string, len(res.Problems))
			for i, p := range res.Problems {
				lines[i] = p.String()
			}
			c.Failure = &junitFailure{res.Problems[0].Message, strings.Join(lines, "\n")}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
