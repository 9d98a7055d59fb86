// Package wecombot is the front page of a chatbot framework for WeCom (企业微信) apps.
package wecombot
