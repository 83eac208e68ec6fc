// A tiny add-on for the host's own tests: each function does one thing that a test looks at.
// biome-ignore-all lint/correctness/noUnusedVariables: Apps Script calls them by name.
const URL_OF_APP = 'https://app.example.test/';

function onHomepage(e) {
  const answer = UrlFetchApp.fetch(`${URL_OF_APP}home`, {
    headers: { authorization: `Bearer ${ScriptApp.getIdentityToken()}` },
    muteHttpExceptions: true,
  });
  const data = JSON.parse(answer.getContentText());
  return card('Home', [
    CardService.newTextParagraph().setText(`Hello <b>${data.name}</b> (${e.commonEventObject.userLocale})`),
    button('Count', 'onCount', { from: '1' }),
    button('Details', 'onDetails'),
  ]);
}

function onEventOpen(e) {
  const calendar = e.calendar;
  if (!calendar.id) return card('Not saved', [CardService.newTextParagraph().setText('Save it first')]);
  const event = Calendar.Events.get(calendar.calendarId, calendar.id);
  const organizer = calendar.organizer ? calendar.organizer.email : 'nobody';
  return [
    card(event.summary, [
      CardService.newDecoratedText().setTopLabel('Organizer').setText(organizer),
      button('Make free', 'onMakeFree', {
        calendarId: calendar.calendarId,
        id: calendar.id,
        etag: event.etag,
      }),
    ]),
  ];
}

function onEventUpdate() {
  return card('Saved', [CardService.newTextParagraph().setText('It was saved')]);
}

function onSettings() {
  return CardService.newUniversalActionResponseBuilder()
    .displayAddOnCards([card('Settings', [CardService.newTextParagraph().setText('Language')])])
    .build();
}

function onMakeFree(e) {
  const given = e.commonEventObject.parameters;
  const event = Calendar.Events.patch(
    { transparency: 'transparent' },
    given.calendarId,
    given.id,
    {},
    { 'If-Match': given.etag },
  );
  return notify(`Now ${event.transparency}`);
}

function onCount(e) {
  const next = String(Number(e.commonEventObject.parameters.from) + 1);
  const updated = card('Home', [button('Count', 'onCount', { from: next }), button('Details', 'onDetails')]);
  return CardService.newActionResponseBuilder()
    .setNavigation(CardService.newNavigation().updateCard(updated))
    .setNotification(CardService.newNotification().setText(`Counted ${next}`))
    .setStateChanged(true)
    .build();
}

function onDetails() {
  const details = card('Details', [
    CardService.newTextInput().setFieldName('reason').setTitle('Reason').setValue('none'),
    CardService.newSelectionInput()
      .setFieldName('who')
      .setType(CardService.SelectionInputType.CHECK_BOX)
      .addItem('Anna', 'anna', true)
      .addItem('Bo', 'bo', false)
      .setOnChangeAction(CardService.newAction().setFunctionName('onWho')),
    CardService.newDatePicker().setFieldName('day').setTitle('Day'),
    button('Send', 'onSend'),
    CardService.newTextButton()
      .setText('Web')
      .setOpenLink(CardService.newOpenLink().setUrl(`${URL_OF_APP}web`)),
  ]);
  return CardService.newActionResponseBuilder()
    .setNavigation(CardService.newNavigation().pushCard(details))
    .build();
}

function onWho(e) {
  return notify(`Who: ${JSON.stringify(e.commonEventObject.formInputs.who)}`);
}

function onSend(e) {
  return notify(JSON.stringify(e.commonEventObject.formInputs));
}

function notify(text) {
  return CardService.newActionResponseBuilder()
    .setNotification(CardService.newNotification().setText(text))
    .build();
}

function button(text, name, parameters) {
  const action = CardService.newAction().setFunctionName(name);
  if (parameters) action.setParameters(parameters);
  return CardService.newTextButton().setText(text).setOnClickAction(action);
}

function card(title, widgets) {
  const section = CardService.newCardSection();
  for (const widget of widgets) section.addWidget(widget);
  return CardService.newCardBuilder()
    .setHeader(CardService.newCardHeader().setTitle(title))
    .addSection(section)
    .build();
}
